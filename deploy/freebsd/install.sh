#!/bin/sh
#
# Puts kcounter_exporter on a FreeBSD machine as a service, from a checkout or from an unpacked package, and shows that it
# answers. Run again, it changes only what differs from what it installs.
#
#	install.sh [--dry-run]
#	install.sh --uninstall [--purge] [--dry-run]
#
# --uninstall removes all of it but the log and an edited config, which --purge removes, too. Packages that were installed
# for it stay. --dry-run prints the commands that would change something, and runs none of them.
#
# Everything goes below $PREFIX, /usr/local unless the environment says otherwise; a user kcounter is made, who is in no
# group of others: the exporter opens the kernel as root and becomes that user (see the rc.d script).

set -eu
umask 022

name=kcounter_exporter
user=kcounter
# By this a user that the script made is known from one that was there before.
gecos="kcounter_exporter (install.sh)"
prefix=${PREFIX:-/usr/local}
url=http://localhost:9969/metrics

root=$(cd "$(dirname "$0")/../.." && pwd -P)
lib=$prefix/lib/node_modules/kcounter-exporter
etc=$prefix/etc/$name
rc=$prefix/etc/rc.d/$name
package="dist config src/simulator/native deploy docs package.json README.md CHANGELOG.md LICENSE node_modules/koffi node_modules/@koromix"

uninstall=
purge=
dry=
changed=
logging_changed=

main()
{
	for word; do
		case $word in
		--uninstall) uninstall=yes ;;
		--purge) purge=yes ;;
		--dry-run) dry=yes ;;
		*) usage ;;
		esac
	done
	[ -z "$purge" ] || [ -n "$uninstall" ] || usage
	[ "$(uname -s)" = FreeBSD ] || die "this is for FreeBSD, whose kernel is read; elsewhere kcounter_exporter --simulate (npm run demo) reads a simulated one"
	[ "$(id -u)" = 0 ] || die "this has to be run as root"
	if [ -n "$uninstall" ]; then uninstall; else install_all; fi
}

usage()
{
	echo "usage: install.sh [--dry-run] | install.sh --uninstall [--purge] [--dry-run]" >&2
	exit 2
}

die()
{
	echo "install.sh: $*" >&2
	exit 1
}

run()
{
	if [ -n "$dry" ]; then echo "$*"; else "$@"; fi
}

install_all()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/kcounter-install.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM

	need_node
	if needs_build; then
		npm_in_root ci
	elif [ ! -d "$root/node_modules/koffi" ]; then
		# What make-dist.sh made carries it; what npm pack alone made does not.
		npm_in_root install --omit=dev --ignore-scripts --no-package-lock
	fi
	pw usershow "$user" >/dev/null 2>&1 || run pw useradd "$user" -c "$gecos" -d /nonexistent -s /usr/sbin/nologin
	put_package
	put_files
	put_config
	if [ -n "$logging_changed" ]; then
		# syslogd(8) writes to files that are there.
		run newsyslog -CN
		run service syslogd reload
	fi
	start
}

need_node()
{
	if ! command -v node >/dev/null; then
		run pkg install -y node24
		version=v24.0.0
	else
		version=$(node --version)
	fi
	node_major=${version#v}
	node_minor=${node_major#*.}
	node_major=${node_major%%.*}
	node_minor=${node_minor%%.*}
	# A test holds this against "engines" of package.json.
	case $node_major in
	20) [ "$node_minor" -ge 19 ] ;;
	22) [ "$node_minor" -ge 2 ] ;;
	*) [ "$node_major" -gt 22 ] ;;
	esac ||
		die "$(command -v node) is $version, and 20.19 or a later 20, or 22.2 or later is needed; pkg install node24"
}

# Also a checkout that was updated since. A package has no bundle.js, and nothing to build.
needs_build()
{
	[ -e "$root/bundle.js" ] || return 1
	if [ ! -e "$root/dist/main.js" ] || [ ! -d "$root/node_modules/koffi" ]; then return 0; fi
	[ -n "$(find "$root/src" "$root/package-lock.json" -newer "$root/dist/main.js")" ]
}

# npm_in_root WORDS: what is fetched goes below the checkout or package.
npm_in_root()
{
	command -v npm >/dev/null || run pkg install -y "npm-node$node_major"
	if [ -n "$dry" ]; then echo "cd $root && npm $*"; else (cd "$root" && npm "$@" --no-audit --no-fund); fi
}

# The new version is installed whole beside the old one, so that nothing of the old one is left in it.
put_package()
{
	[ "$root" != "$lib" ] || return 0
	same=yes
	for item in $package; do
		diff -rq "$root/$item" "$lib/$item" >/dev/null 2>&1 || same=
	done
	[ -z "$same" ] || return 0
	run rm -rf "$lib.new"
	for item in $package; do
		run mkdir -p "$lib.new/$(dirname "$item")"
		run cp -R "$root/$item" "$lib.new/$item"
	done
	# A checkout may be readable by its owner only, but the user has to read this.
	run chmod -R u=rwX,go=rX "$lib.new"
	run rm -rf "$lib"
	run mv "$lib.new" "$lib"
	changed=yes
}

put_files()
{
	if [ "$(readlink "$prefix/bin/$name" || true)" != "$lib/dist/main.js" ]; then
		run mkdir -p "$prefix/bin"
		run ln -sf "$lib/dist/main.js" "$prefix/bin/$name"
	fi
	sed "s|%%PREFIX%%|$prefix|g" "$root/deploy/freebsd/port/sysutils/$name/files/$name.in" >"$work/$name"
	put changed 0555 "$work/$name" "$rc"
	put logging_changed 0644 "$root/deploy/freebsd/newsyslog.conf" "$prefix/etc/newsyslog.conf.d/$name.conf"
	put logging_changed 0644 "$root/deploy/freebsd/syslog.conf" "$prefix/etc/syslog.d/$name.conf"
	put pages_changed 0644 "$root/deploy/freebsd/man/$name.8" "$prefix/share/man/man8/$name.8"
	put pages_changed 0644 "$root/deploy/freebsd/man/kcounter.yaml.5" "$prefix/share/man/man5/kcounter.yaml.5"
}

# As soon as the config differs from the sample, it belongs to the administrator.
put_config()
{
	own=yes
	if [ ! -e "$etc/kcounter.yaml" ] || cmp -s "$etc/kcounter.yaml" "$etc/kcounter.yaml.sample"; then own=; fi
	put sample_changed 0644 "$root/config/kcounter.yaml" "$etc/kcounter.yaml.sample"
	if [ -z "$own" ]; then put changed 0644 "$root/config/kcounter.yaml" "$etc/kcounter.yaml"; fi
}

# put FLAG MODE FILE PLACE: sets the variable FLAG where the place did not have it already.
put()
{
	if cmp -s "$3" "$4"; then return; fi
	run mkdir -p "$(dirname "$4")"
	run install -m "$2" "$3" "$4"
	eval "$1=yes"
}

start()
{
	# Where somebody has written NO, it stays.
	enabled=$(sysrc -n "${name}_enable" 2>/dev/null || true)
	[ -n "$enabled" ] || { run sysrc "${name}_enable=YES" && enabled=YES; }
	case $enabled in
	[Yy][Ee][Ss] | [Tt][Rr][Uu][Ee] | [Oo][Nn] | 1) ;;
	*) echo "${name}_enable is $enabled, so it was not started."; return ;;
	esac
	if ! is_running; then
		run service "$name" start
	elif [ -n "$changed" ] || ! service "$name" status >/dev/null 2>&1; then
		run service "$name" restart
	fi
	[ -z "$dry" ] || return 0
	if [ -n "$(sysrc -n "${name}_args" 2>/dev/null || true)" ]; then
		echo "${name}_args is set, so the metrics may be elsewhere than at $url."
		return
	fi
	tries=0
	until fetch -q -o "$work/metrics" "$url"; do
		tries=$((tries + 1))
		[ $tries -lt 10 ] || die "$url does not answer; /var/log/$name.log should say why"
		sleep 1
	done
	echo "$url answers with $(grep -c '^freebsd_' "$work/metrics") series of the kernel, such as:"
	grep '^freebsd_' "$work/metrics" | head -n 3
	if grep '^kcounter_exporter_symbol_up{.*optional="false"} 0$' "$work/metrics"; then
		die "these symbols of the config could not be read; http://localhost:9969/ says why"
	fi
}

# Also where daemon(8) starts it again and again in vain, which "status" does not call running.
is_running()
{
	[ -e "/var/run/$name.pid" ] || service "$name" status >/dev/null 2>&1
}

uninstall()
{
	if is_running; then run service "$name" stop; fi
	if sysrc -n "${name}_enable" >/dev/null 2>&1; then run sysrc -x "${name}_enable"; fi
	if [ -n "$purge" ] || cmp -s "$etc/kcounter.yaml" "$etc/kcounter.yaml.sample"; then
		remove "$etc/kcounter.yaml"
	elif [ -e "$etc/kcounter.yaml" ]; then
		echo "$etc/kcounter.yaml was edited and stays; --purge would remove it."
	fi
	logging=$prefix/etc/syslog.d/$name.conf
	if [ -e "$logging" ]; then logging_changed=yes; fi
	remove "$etc/kcounter.yaml.sample" "$rc" "$logging" "$prefix/etc/newsyslog.conf.d/$name.conf" \
		"$prefix/share/man/man8/$name.8" "$prefix/share/man/man5/kcounter.yaml.5" "$prefix/bin/$name"
	if [ -n "$purge" ]; then remove "/var/log/$name.log" "/var/log/$name.log".*; fi
	if [ -e "$lib" ]; then run rm -rf "$lib"; fi
	for folder in "$etc" "$prefix/lib/node_modules"; do
		[ ! -d "$folder" ] || [ -n "$(ls -A "$folder")" ] || run rmdir "$folder"
	done
	if [ -n "$logging_changed" ]; then run service syslogd reload; fi
	if pw usershow "$user" 2>/dev/null | grep -q -F ":$gecos:"; then run pw userdel "$user"; fi
}

remove()
{
	for file; do
		if [ -e "$file" ] || [ -L "$file" ]; then run rm "$file"; fi
	done
}

main "$@"
# It may just have removed itself.
exit

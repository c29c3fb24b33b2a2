#!/bin/sh
#
# For a FreeBSD machine without the exporter, as root: installs it as a service, looks at what it says of the running
# kernel, reloads it, kills it, and removes it again. Ends with 0 only if all is as it should be.

set -eu

root=$(cd "$(dirname "$0")/../../.." && pwd)
url=http://localhost:9969/metrics
config=/usr/local/etc/kcounter_exporter/kcounter.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "smoke.sh: $*" >&2
	tail -n 50 /var/log/kcounter_exporter.log /var/log/daemon.log >&2 || true
	exit 1
}

# Scrapes into a file, once somebody answers.
scrape()
{
	tries=0
	until fetch -q -o "$work/metrics" "$url"; do
		tries=$((tries + 1))
		[ $tries -lt 30 ] || fail "$url does not answer"
		sleep 1
	done
}

has()
{
	grep -E -q -- "$1" "$work/metrics" || fail "no line of $url matches $1"
}

has_not()
{
	if grep -E -- "$1" "$work/metrics"; then fail "these lines of $url should not be there"; fi
}

switches()
{
	sed -n 's/^freebsd_vm_context_switches_total //p' "$work/metrics"
}

"$root/deploy/freebsd/install.sh"

scrape
has '^kcounter_exporter_kernel_info\{kernel="[^"]*",release="'"$(sysctl -n kern.osrelease | cut -d- -f1)"
has '^kcounter_exporter_symbol_up\{symbol="vm_cnt",optional="false"\} 1$'
has '^kcounter_exporter_symbol_up\{symbol="tcpstat",optional="false"\} 1$'
has_not '^kcounter_exporter_symbol_up\{.*optional="false"\} 0$'
has '^freebsd_tcp_'
has "^kcounter_exporter_cpus $(sysctl -n hw.ncpu)\$"

# Between two looks at the sysctl, as verify does, but through the service.
before=$(sysctl -n vm.stats.sys.v_swtch)
scrape
after=$(sysctl -n vm.stats.sys.v_swtch)
between="context switches: $before, $(switches), $after"
[ "$before" -le "$(switches)" ] || fail "$between"
[ "$(switches)" -le "$after" ] || fail "$between"

child=$(cat /var/run/kcounter_exporter.child.pid)
[ "$(ps -o user= -p "$child")" = kcounter ] || fail "it does not run as kcounter"
[ "$(ps -o rgid= -p "$child" | tr -d ' ')" = "$(id -g kcounter)" ] || fail "it is not in the group of kcounter"

service kcounter_exporter status
echo 'packs: [tpc]' >>"$config"
if service kcounter_exporter reload; then fail "a bad config was reloaded"; fi
if service kcounter_exporter restart; then fail "it was restarted with a bad config"; fi
cat >"$config" <<CONFIG
version: 1
packs: [{ pack: vm, cpu: both }]
CONFIG
service kcounter_exporter reload
tries=0
until scrape && grep -q '^freebsd_vm_context_switches_per_cpu_total' "$work/metrics"; do
	tries=$((tries + 1))
	[ $tries -lt 10 ] || fail "the config was not taken in"
	sleep 1
done
has_not '^freebsd_tcp_'
[ "$(cat /var/run/kcounter_exporter.child.pid)" = "$child" ] || fail "the reload started it anew"

kill -9 "$child"
scrape
[ "$(cat /var/run/kcounter_exporter.child.pid)" != "$child" ] || fail "it answers although it was killed"

man -w 8 kcounter_exporter
man -w 5 kcounter.yaml
"$root/deploy/freebsd/install.sh" --uninstall --purge
if service kcounter_exporter status 2>/dev/null; then fail "it is still there"; fi
echo "smoke.sh: all is as it should be"

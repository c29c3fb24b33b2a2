#!/bin/sh
#
# Makes kcounter-exporter-VERSION.tgz: the package as `npm pack` makes it, with koffi and its binaries inside, so that it
# installs and runs without a registry. It is the port's distfile; `npm install --global FILE` takes it, too.
#
#	make-dist.sh [-d FOLDER] [PLATFORM ...]
#
# PLATFORM is what koffi's packages are named after: freebsd-x64, freebsd-arm64, and those of Linux and macOS, where npm would
# have a compiler make what a package that carries koffi lacks, unless others are given. Any system that has git, node and
# npm 10 or later will do. What is committed is built, by what package-lock.json names, so that one commit gives one file,
# byte for byte, whoever makes it with the same npm.

set -eu

folder=.
while getopts d: flag; do
	case $flag in
	d) folder=$OPTARG ;;
	*) echo "usage: make-dist.sh [-d FOLDER] [PLATFORM ...]" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- freebsd-x64 freebsd-arm64 linux-x64 linux-arm64 darwin-x64 darwin-arm64

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kcounter-dist.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# dist/ has every dependency in it but koffi, which is told so by bundle.js.
mkdir "$work/source"
# Whoever owns the checkout, nothing in it is run by git.
git -c safe.directory="$root" -C "$root" archive HEAD | tar -x -f - -C "$work/source"
KCOUNTER_REVISION=$(git -c safe.directory="$root" -C "$root" rev-parse --short=12 HEAD)
export KCOUNTER_REVISION
cd "$work/source"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
node bundle.js
npm pack --ignore-scripts --silent --pack-destination "$work" >/dev/null
tar -x -z -f "$work"/kcounter-exporter-*.tgz -C "$work"
rm "$work"/kcounter-exporter-*.tgz

package=$work/package
mkdir -p "$package/node_modules/@koromix"
cp -R node_modules/koffi "$package/node_modules/koffi"
for platform; do
	from=.
	if [ ! -d "node_modules/@koromix/koffi-$platform" ]; then
		# npm leaves out what is for other systems than this one, unless it is told that this is one of them.
		from=$work/$platform
		mkdir "$from"
		cp package.json package-lock.json "$from"
		(cd "$from" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
		    --os="${platform%%-*}" --cpu="${platform#*-}" >/dev/null)
	fi
	cp -R "$from/node_modules/@koromix/koffi-$platform" "$package/node_modules/@koromix"
done

# The package then depends on what it carries, and on nothing else.
cd "$package"
node - "$@" <<'SCRIPT'
const { readFileSync, writeFileSync } = require('node:fs');
const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'));
const names = ['koffi', ...process.argv.slice(2).map((platform) => `@koromix/koffi-${platform}`)];
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
// Each of them is for one system only, so the others are no fault.
const optionalDependencies = Object.fromEntries(names.slice(1).map((name) => [name, version(name)]));
writeFileSync(
  'package.json',
  JSON.stringify({ ...manifest, dependencies: { koffi: version('koffi') }, optionalDependencies, bundleDependencies: names }, null, 2),
);
SCRIPT
npm pack --ignore-scripts --silent --pack-destination "$folder"

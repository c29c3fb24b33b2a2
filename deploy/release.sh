#!/bin/sh
#
# Makes what a release consists of, of what is committed: the package (see freebsd/make-dist.sh), the list of all that is in it
# (an SBOM in CycloneDX's format, by `npm sbom`), and SHA256SUMS of both. .github/workflows/release.yml attaches them to a release.
#
#	release.sh [-d FOLDER] [-t TAG]
#
# TAG has to be "v" and the version of package.json.

set -eu

usage()
{
	echo "usage: release.sh [-d FOLDER] [-t TAG]" >&2
	exit 2
}

folder=.
tag=
while getopts d:t: flag; do
	case $flag in
	d) folder=$OPTARG ;;
	t) tag=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || usage

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kcounter-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

git -c safe.directory="$root" -C "$root" archive HEAD package.json package-lock.json | tar -x -f - -C "$work"
version=$(cd "$work" && node -p 'require("./package.json").version')
if [ -n "$tag" ] && [ "$tag" != "v$version" ]; then
	echo "release.sh: the tag is $tag, but this is version $version" >&2
	exit 1
fi

package=kcounter-exporter-$version
"$root/deploy/freebsd/make-dist.sh" -d "$folder" >/dev/null
mkdir "$work/unpacked"
tar -x -z -f "$folder/$package.tgz" -C "$work/unpacked"
(cd "$work" && npm sbom --package-lock-only --sbom-format cyclonedx --sbom-type application) |
	node "$root/deploy/sbom.js" "$work/unpacked/package" >"$folder/$package.cdx.json"
cd "$folder"
sha256sum "$package.tgz" "$package.cdx.json" >SHA256SUMS

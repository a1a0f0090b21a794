#!/usr/bin/env bash
# make dist: a tarball and a Debian package for this machine's kind, with libraries, manual pages, completions, a list
# of what is inside (SBOM, CycloneDX) and SHA256SUMS, in dist/. The same commit gives the same tarball.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
arch=$($GO env GOARCH) os=$($GO env GOOS)
version=${VERSION:-0.1.$(git rev-list --count HEAD)}
export SOURCE_DATE_EPOCH; SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
name=faceid-$version-$os-$arch stage=dist/$name

rm -rf dist && mkdir -p "$stage/lib"
$GO build -trimpath -o "$stage/faceid" ./cmd/faceid
for lib in "onnxruntime-$os-$arch" "libvips-$os-$arch"; do
  "$stage/faceid" models pull "$lib" >&2
  install -m 644 "$("$stage/faceid" models path "$lib")" "$stage/lib/"
done
$GO build -o dist/manual ./deploy/manual
env -i HOME='$HOME' dist/manual "$stage"
rm -r dist/manual
if grep -rqF "$HOME" "$stage/man"; then echo "the manual names a folder of this machine" >&2; exit 1; fi
gzip -9n "$stage"/man/*.1
cp README.md LICENSE deploy/faceid.service "$stage/"
$GO -C deploy/tools tool cyclonedx-gomod bin -json -noserial -output "$PWD/$stage/sbom.json" "$PWD/$stage/faceid"

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C dist -cf - "$name" | gzip -9n > "dist/$name.tar.gz"
if [ "$os" = linux ]; then
  sed -e "s|\${DIST_STAGE}|$stage|; s|\${DIST_VERSION}|$version|; s|\${DIST_ARCH}|$arch|" \
    -e "s|\${DIST_TIME}|$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)|" deploy/nfpm.yaml > dist/nfpm.yaml
  "$($GO -C deploy/tools tool -n nfpm)" package -f dist/nfpm.yaml -p deb -t dist/ >&2
  rm dist/nfpm.yaml
fi
(cd dist && sha256sum -- *.tar.gz *.deb > SHA256SUMS)

# What was packed is unpacked elsewhere and works there: it finds its library beside itself.
try=$(mktemp -d); trap 'rm -rf "$try"' EXIT
(cd dist && sha256sum --quiet -c SHA256SUMS)
tar -C "$try" -xzf "dist/$name.tar.gz"
env -i HOME="$try" "$try/$name/faceid" --version
if command -v dpkg-deb >/dev/null; then
  dpkg-deb -x dist/*.deb "$try/deb"
  test -x "$try/deb/usr/bin/faceid" && zcat "$try/deb/usr/share/man/man1/faceid.1.gz" | grep -q Nothing
fi
ls -l dist

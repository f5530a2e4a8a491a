# shellcheck shell=bash
# A stand-in for the image moby/buildkit, for machines that cannot reach Docker Hub: the docker-container driver,
# which docker/setup-buildx-action gives most users, starts its builders from it.

# push_buildkit_image FOLDER WORK: to the registry under the name that the driver asks Docker Hub for.
push_buildkit_image() {
  local folder=$1 work=$2 program
  mkdir -p "$work/root/usr/bin" "$work/root/etc/ssl/certs" "$work/root/tmp"
  cp "$folder/buildkitd" "$folder/buildctl" "$work/root/usr/bin/"
  cp "$(command -v runc)" "$work/root/usr/bin/buildkit-runc"
  cp "$certificates" "$work/root/etc/ssl/certs/"
  # BuildKit fetches Git contexts with git, parts of which are scripts of the shell.
  for program in "$(command -v runc)" "$(command -v git)" "$(git --exec-path)"/git-{remote-http,remote-https,submodule,sh-setup,sh-i18n} /bin/busybox; do
    copy_with_libraries "$program" "$work/root"
  done
  cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM scratch
COPY root /
RUN ["/bin/busybox", "--install", "-s", "/bin"]
VOLUME /var/lib/buildkit
ENTRYPOINT ["buildkitd"]
DOCKERFILE
  # shellcheck disable=SC2154 # start_registry sets it
  docker -H "$DOCKER_HOST" buildx build --quiet --provenance=false "$work" \
    --output "type=image,name=$registry_address/moby/buildkit:buildx-stable-1,push=true,compression=uncompressed" >/dev/null
  rm -rf "$work"
}

# copy_with_libraries PROGRAM ROOT: each at its own path.
copy_with_libraries() {
  local file
  while read -r file; do
    mkdir -p "$2${file%/*}"
    cp -L "$file" "$2$file"
  done < <(echo "$1"; ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' | sort -u)
}

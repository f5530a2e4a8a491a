# shellcheck shell=bash
# Makes an image that replaces moby/buildkit on machines that cannot reach Docker Hub. The docker-container driver,
# which most users have from docker/setup-buildx-action, starts its builders from that image.

# push_buildkit_image FOLDER WORK: pushes the image to the registry under the name that the driver pulls.
push_buildkit_image() {
  local folder=$1 work=$2 program
  mkdir -p "$work/root/usr/bin" "$work/root/etc/ssl/certs" "$work/root/tmp"
  cp "$folder/buildkitd" "$folder/buildctl" "$work/root/usr/bin/"
  cp "$(command -v runc)" "$work/root/usr/bin/buildkit-runc"
  cp "$certificates" "$work/root/etc/ssl/certs/"
  # BuildKit fetches Git contexts with git, and parts of git are shell scripts.
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

# copy_with_libraries PROGRAM ROOT: copies a program and its libraries to the same paths below ROOT.
copy_with_libraries() {
  local file
  while read -r file; do
    mkdir -p "$2${file%/*}"
    cp -L "$file" "$2$file"
  done < <(echo "$1"; ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' | sort -u)
}

# What __tests__/integration/bake.test.ts bakes, in the folder deploy of a project.
variable "WHO" { default = "a$${HOME}%%{if}$b c,\"d\"" }
group "default" { targets = ["app", "tools"] }
group "tools" { targets = ["tool", "check"] }
target "_common" {
  args = { WHO = WHO, NOTHING = null }
  labels = { "org.example.note" = "x$${y},z" }
  secret = ["id=token,src=token.txt"]
}
target "app" {
  inherits = ["_common"]
  context = "../app"
  dockerfile = "app.Dockerfile"
  contexts = { lib = "../lib" }
  tags = ["example.org/bake-test/app:1"]
  output = ["type=image,compression=zstd,force-compression=true"]
}
target "tool" {
  inherits = ["_common"]
  name = "tool-${v}"
  matrix = { v = ["a", "b"] }
  context = "../app"
  target = "run"
  extra-hosts = { somewhere = "10.0.0.7" }
  ulimits = ["nofile=512:512"]
  shm-size = "32m"
  dockerfile-inline = <<EOT
FROM scratch
COPY busybox /busybox
ARG WHO
RUN ["/busybox", "sh", "-c", "echo ${v} $${WHO} > /note; ulimit -n >> /note; cat /etc/hosts >> /note"]
RUN ["/busybox", "cp", "/proc/sys/kernel/random/uuid", "/id"]
FROM scratch AS run
COPY --from=0 /note /id /${v}/
FROM scratch AS unused
EOT
}
target "check" {
  context = "../app"
  call = "check"
}
target "base" {
  context = "../app"
  dockerfile-inline = "FROM scratch\nCOPY busybox /"
}
target "linked" {
  context = "../app"
  dockerfile-inline = "FROM base\nLABEL a=b"
  contexts = { base = "target:base" }
}
target "broken" {
  context = "../app"
  dockerfile-inline = "FROM scratch\nCOPY nothing /"
}
target "secret" {
  context = "../app"
  dockerfile-inline = "FROM scratch\nCOPY busybox /busybox\nARG PASSWORD\nRUN [\"/busybox\", \"sh\", \"-c\", \"echo $${#PASSWORD} > /length\"]"
}
target "many" {
  context = "../app"
  platforms = ["linux/amd64", "linux/arm64"]
  tags = ["example.org/bake-test/many:1"]
  annotations = ["index,manifest:org.example.note=x"]
}
target "moment" {
  context = "../app"
  args = { MOMENT = uuidv4() }
  dockerfile-inline = <<EOT
FROM scratch
COPY busybox /busybox
ARG MOMENT
RUN ["/busybox", "sh", "-c", "cat /proc/sys/kernel/random/uuid > /id"]
EOT
}

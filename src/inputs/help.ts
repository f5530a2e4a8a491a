/** What `--help` says. */
import type { CommandName } from './parse-command.ts'

/** The help of one command, or of the program. */
export function helpFor(command: CommandName | null): string {
  return command === null ? program : texts[command]
}

const exitStatuses = `Exit status:
  0  success
  1  a budget failed
  2  wrong use, or an input that cannot be read
  3  the build failed; the builder's own message says why
  4  the engine or the network could not be reached
  5  the build succeeded, but the report could not be made, or its baseline
     could not be read
`

const outputFlags = `      --format FORMAT              Format of the report on standard output:
                                   terminal, markdown or json (default
                                   "terminal")
      --json FILE                  Also write the record to FILE
      --markdown FILE              Also write the report to FILE as Markdown`

const baselineOfImages = `      --baseline WHAT              Compare with a record or an image (a SOURCE)`

const baselineOfBuild = `      --baseline WHAT              Compare with a commit or branch, which is
                                   built with the same builder, or with a record
                                   or an image (a SOURCE)`

const otherFlags = `      --budget RULE                A limit, such as "final pull <= 80MB" or
                                   "final pull growth <= 5% and 1MB". @FILE
                                   reads rules from a file (repeatable)
      --no-color                   No colours; the environment variable NO_COLOR
                                   does the same
  -q, --quiet                      No progress and no messages, only the report`

const reportFlags = `${outputFlags}
${baselineOfImages}
${otherFlags}`

const program = `Weighs every stage of a multi-stage Docker build.

Usage:
  stage-footprint COMMAND [FLAGS]

Commands:
  build CONTEXT       Build as "docker buildx build" does, and weigh every stage
  inspect SOURCE      Weigh an existing image
  compare BASE HEAD   Show what changed between two images or records
  render RECORD       Show the report of a record again, in any format
  publish RECORD...   Write the comment on a pull request from records

Flags:
  -h, --help          This help; "stage-footprint help COMMAND" for one command
  -v, --version       Print the version

Standard output carries only the report. Progress and messages go to standard
error.

${exitStatuses}
Examples:
  stage-footprint build .
  stage-footprint build --baseline main --budget "final pull growth <= 1MB" .
  stage-footprint inspect docker-daemon:app
  stage-footprint render footprint.json --format markdown
`

const build = `Builds as "docker buildx build" does, and weighs every stage.

Usage:
  stage-footprint build [FLAGS] PATH | URL | -

Write "stage-footprint" in place of "docker buildx". Your build runs first,
exactly as you wrote it. Separate calls then weigh each stage from the cache
that the build filled.

Report:
${outputFlags}
${baselineOfBuild}
${otherFlags}
      --stage-compression MODE     How stages are exported for weighing (default
                                   "auto")
                                   auto: what suits the build, currently keep
                                   keep: compressed as in the build, so that
                                     compressed sizes are known
                                   uncompressed: faster; compressed sizes of
                                     builder stages are not known
      --uncached-stages MODE       Builder stages that the build did not run,
                                   because a cache made them unnecessary
                                   (default "skip")
                                   skip: report them as not built
                                   build: build them to weigh them
      --baseline-timeout TIME      Time limit for building the base revision
                                   (default "10m")
      --print                      Show the stages and the planned calls as
                                   JSON, and build nothing. Build arguments and
                                   secrets are masked

Build:
  Every flag of "docker buildx build" (0.15 and later) is accepted, before or
  after the context. The most used:
      --build-arg NAME[=VALUE]     Set a build argument
      --build-context NAME=WHERE   Add a named context
      --builder NAME               Use this builder instead of the current one
      --cache-from, --cache-to     Import and export build cache
  -f, --file FILE                  The Dockerfile (default "CONTEXT/Dockerfile")
      --load                       Load the image into the engine
      --no-cache                   Build without cache; weighing then uses the
                                   result of this build
  -o, --output DEST                Where the result goes
      --platform LIST              Target platforms; each is weighed
      --push                       Push the image
      --secret id=ID[,src=FILE]    Give the build a secret
      --ssh default|ID[=SOCKET]    Give the build an SSH agent
  -t, --tag NAME[:TAG]             Name the image
      --target STAGE               Build and weigh this stage and those that it
                                   needs
  See "docker buildx build --help" for the rest. Two flags differ: -q or --quiet
  and --print are our own, described above. For the --print of buildx, write
  --call.

  -h, --help                       This help

${exitStatuses}
Examples:
  Build, load and weigh:
    stage-footprint build -t app --load .
  Also write the record, and a Markdown report for a pull request:
    stage-footprint build --json footprint.json --markdown footprint.md .
  Show what would run:
    stage-footprint build --print --target runtime .
`

const render = `Shows the report of a record again, in any format.

Usage:
  stage-footprint render [FLAGS] RECORD

RECORD is a file that "stage-footprint build --json FILE" wrote, or "-" for
standard input. Nothing is built or fetched.

Flags:
${reportFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint render footprint.json
  stage-footprint render - --format markdown <footprint.json
`

const inspect = `Weighs an existing image, layer by layer.

Usage:
  stage-footprint inspect [FLAGS] SOURCE

SOURCE has the syntax of skopeo (containers-transports(5)):
  oci:DIR[:REF]                An image layout in a folder
  oci-archive:FILE[:REF]       An image layout in a tar
  docker-archive:FILE[:REF]    What "docker save" writes; REF may be @N, the
                               Nth image, counted from 0
  docker-daemon:REF            An image in the Docker engine
  docker://REF                 An image in a registry, with the credentials
                               that "docker login" keeps
  PATH                         A folder or file; its contents decide which of
                               these it is
Every image of the source is weighed. Dockerfile lines and the base image come
from the image's provenance, if it has mode=max. Otherwise the instructions come
from the image's history, and lines are not known.

Flags:
      --platform LIST              Only these platforms (os/architecture, or
                                   os(version)/architecture). The default is
                                   every platform of the source
${reportFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint inspect docker-daemon:app
  stage-footprint inspect docker://python:3.13-slim --platform linux/amd64
  docker save app -o app.tar && stage-footprint inspect app.tar
`

const compare = `Shows what changed between two images or records.

Usage:
  stage-footprint compare [FLAGS] BASE HEAD

BASE and HEAD are records that "stage-footprint build --json FILE" wrote, or
SOURCEs as "stage-footprint inspect" takes them. The report attributes growth to
its cause: the change, a moved base image, or rebuild drift.

Flags:
      --platform LIST              Only these platforms (os/architecture)
${outputFlags}
${otherFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint compare before.json after.json
  stage-footprint compare docker://app:1.2 docker-daemon:app
`

const publish = `Writes the comment on a pull request from records.

Usage:
  stage-footprint publish [FLAGS] RECORD...

The token is read from the environment variable GITHUB_TOKEN, and needs the
permission to write pull requests. In a workflow the pull request is taken from
the event; elsewhere, name it with --repository and --pull-request.

Flags:
      --repository OWNER/NAME      The repository (default: GITHUB_REPOSITORY)
      --pull-request N             The pull request (default: from the event)
      --name NAME                  Which comment to write, if there are several
      --comment WHEN               When to write it: always, changes, failures
                                   or off (default "changes")
${reportFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint publish --repository octo/app --pull-request 7 footprint.json
  stage-footprint publish --baseline before.json --comment always after.json
`

const texts: Readonly<Record<CommandName, string>> = {
  build,
  render,
  inspect,
  compare,
  publish,
}

/** What `--help` says. */
import type { CommandName } from './cli.ts'

/** The help of one command, or of the program. */
export function helpFor(command: CommandName | null): string {
  return command === null ? program : texts[command]
}

const exitStatuses = `Exit status:
  0  fine
  1  a budget failed
  2  wrong use, or an input that cannot be read
  3  the build failed; the builder's own message says why
  4  the engine or the network could not be reached
  5  the build is fine, but the report could not be made
`

const reportFlags = `      --format FORMAT              Standard output: terminal, markdown or json
                                   (default "terminal")
      --json FILE                  Write the record too
      --markdown FILE              Write the report as Markdown too
      --baseline WHAT              Compare with a record or an image (a SOURCE);
                                   with "build" also with a commit or branch,
                                   which the same builder builds
      --budget RULE                A limit, such as "final pull <= 80MB" or
                                   "final pull growth <= 5% and 1MB"; @FILE
                                   reads them from a file (repeatable)
      --no-color                   No colours; the environment variable NO_COLOR
                                   does the same
  -q, --quiet                      No progress and no messages, only the report`

const program = `Weighs every stage of a multi-stage Docker build.

Usage:
  stage-footprint COMMAND [FLAGS]

Commands:
  build CONTEXT       Build as "docker buildx build" does, and weigh every stage
  inspect SOURCE      Weigh an image that exists
  compare BASE HEAD   Say what changed between two images or records
  render RECORD       Show a report again, in any format, from its record
  publish RECORD...   Write the comment of a pull request from records

Flags:
  -h, --help          This help; "stage-footprint help COMMAND" for one command
  -v, --version       Print the version

Standard output carries the report alone; progress and messages go to standard
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

Your build runs first, exactly as you wrote it. Then each stage is weighed in
calls of its own, from the cache that the build has filled. Put
"stage-footprint" where "docker buildx" stood.

Report:
${reportFlags}
      --stage-compression MODE     How stages are exported for weighing (default
                                   "auto")
                                   auto: what suits the build; so far as keep
                                   keep: as the build compresses them, so that
                                     compressed sizes are known
                                   uncompressed: faster; compressed sizes of
                                     builder stages are not known
      --baseline-timeout TIME      Most time that building the base revision may
                                   take (default "10m")
      --print                      Show stages and calls as JSON, build nothing;
                                   build arguments and secrets are masked

Build:
  Every flag of "docker buildx build" (0.15 and later), before or after the
  context. Most used:
      --build-arg NAME[=VALUE]     Set a build argument
      --build-context NAME=WHERE   Add a named context
      --builder NAME               Use this builder instead of the current one
      --cache-from, --cache-to     Import and export build cache
  -f, --file FILE                  The Dockerfile (default "CONTEXT/Dockerfile")
      --load                       Load the image into the engine
      --no-cache                   Build anew; weighing then uses what was built
  -o, --output DEST                Where the result goes
      --platform LIST              Target platforms, each of them is weighed
      --push                       Push the image
      --secret id=ID[,src=FILE]    Give the build a secret
      --ssh default|ID[=SOCKET]    Give the build an SSH agent
  -t, --tag NAME[:TAG]             Name the image
      --target STAGE               Build, and weigh, up to this stage
  See "docker buildx build --help" for the rest. Two differ: -q and --quiet are
  those above, and --print is ours (buildx calls its own --call by now).

  -h, --help                       This help

${exitStatuses}
Examples:
  Build, load and weigh:
    stage-footprint build -t app --load .
  Keep the record for later, and a Markdown report for a pull request:
    stage-footprint build --json footprint.json --markdown footprint.md .
  See what would run:
    stage-footprint build --print --target runtime .
`

const render = `Shows a report again, in any format, from its record.

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

const inspect = `Weighs an image that exists, layer by layer.

Usage:
  stage-footprint inspect [FLAGS] SOURCE

SOURCE is written as skopeo has it (containers-transports(5)):
  oci:DIR[:REF]                An image layout in a folder
  oci-archive:FILE[:REF]       An image layout in a tar
  docker-archive:FILE[:REF]    What "docker save" writes; REF may be @N, the
                               Nth image from 0
  docker-daemon:REF            An image of the engine
  docker://REF                 An image in a registry, with the credentials
                               that "docker login" keeps
  PATH                         A folder or file; what is in it tells
Every image of the source is weighed. Lines and the base image come from the
image's provenance, where that has mode=max; else the history tells the
instructions, and lines are not known.

Flags:
      --platform LIST              Only these platforms (os/architecture, or
                                   os(version)/architecture); default are all
                                   that the source holds
${reportFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint inspect docker-daemon:app
  stage-footprint inspect docker://python:3.13-slim --platform linux/amd64
  docker save app -o app.tar && stage-footprint inspect app.tar
`

const compare = `Says what changed between two images or records.

Usage:
  stage-footprint compare [FLAGS] BASE HEAD

BASE and HEAD are records, which "stage-footprint build --json FILE" wrote, or
SOURCEs, as "stage-footprint inspect" takes them. Every growth is given to its
cause: the change, a base image that moved, or rebuild drift.

Flags:
      --platform LIST              Only these platforms (os/architecture)
${reportFlags}
  -h, --help                       This help

${exitStatuses}
Examples:
  stage-footprint compare before.json after.json
  stage-footprint compare docker://app:1.2 docker-daemon:app
`

const publish = `Writes the comment of a pull request from records.

Usage:
  stage-footprint publish [FLAGS] RECORD...

The token is read from the environment variable GITHUB_TOKEN, and needs the
permission to write pull requests. In a workflow the event tells the pull
request; elsewhere name it.

Flags:
      --repository OWNER/NAME      Default is GITHUB_REPOSITORY
      --pull-request N             Default is the event's
      --name NAME                  Whose comment it is, where there are several
      --comment WHEN               always, changes, failures or off (default
                                   "changes")
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

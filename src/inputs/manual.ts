/** The texts about the program and its commands, for `--help` and the man page. */
import {
  buildBaselineFlag,
  buildOnlyFlags,
  helpFlag,
  imageBaselineFlag,
  imagePlatformFlag,
  otherBuildFlags,
  otherFlags,
  outputFlags,
  publishOnlyFlags,
  trendOnlyFlags,
  viewPageFlag,
  type OwnFlag,
} from './own-flag-table.ts'

/** The commands, in the order of the help. */
export const commandNames = [
  'build',
  'inspect',
  'compare',
  'render',
  'view',
  'publish',
  'trend',
  'completion',
  'install-plugin',
] as const
/** The name of a command. */
export type CommandName = (typeof commandNames)[number]

/** A term and its explanation, in two columns. */
export interface Row {
  readonly term: string
  /** A paragraph. Further ones explain single values. */
  readonly about: readonly string[]
}

/** A text that is wrapped, or rows with two columns. */
export type Block = string | { readonly rows: readonly Row[] }

/** A part of a manual, with its title. */
export interface Section {
  readonly title: string
  readonly blocks: readonly Block[]
}

/** The manual of one command. */
export interface CommandManual {
  /** The operands after the name, for the list of commands. */
  readonly operands: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The part after the name of the program on the command line. */
  readonly usage: string
  /** One sentence that says what the command does. */
  readonly purpose: string
  readonly text: readonly Block[]
  readonly sections: readonly Section[]
  /** Shell commands. In a longer list, lines between them may explain them. */
  readonly examples: readonly string[]
}

/** Returns the row for a flag, as in `--help`: `-q, --quiet`, or `    --json FILE`. */
function rowOf({ name, short, placeholder, about }: OwnFlag): Row {
  const value = placeholder === null ? '' : ` ${placeholder}`
  return { term: `${short === null ? '    ' : `-${short}, `}--${name}${value}`, about }
}

const rows = (...flags: readonly OwnFlag[]): Block => ({ rows: flags.map(rowOf) })

/** A flag of `docker buildx build`, which is explained further in buildx's own help. */
const theirs = (term: string, about: string): Row => ({ term, about: [about] })

const build: CommandManual = {
  operands: 'CONTEXT',
  summary: 'Build as "docker buildx build" does, and weigh every stage',
  usage: 'build [FLAGS] CONTEXT',
  purpose: 'Builds as "docker buildx build" does, and weighs every stage.',
  text: [
    'Write "stage-footprint" instead of "docker buildx". CONTEXT is a path, a URL or "-". Your build runs first, with your arguments. Then each stage is weighed, from the result of the build and the cache of the builder.',
  ],
  sections: [
    { title: 'Report', blocks: [rows(...outputFlags, buildBaselineFlag, ...otherBuildFlags, ...buildOnlyFlags)] },
    {
      title: 'Build',
      blocks: [
        'Every flag of "docker buildx build" (0.15 and later) is accepted, before or after the context. The most used:',
        {
          rows: [
            theirs('    --build-arg NAME[=VALUE]', 'Set a build argument'),
            theirs('    --build-context NAME=WHERE', 'Add a named context'),
            theirs('    --builder NAME', 'Use this builder instead of the current one'),
            theirs('    --cache-from, --cache-to', 'Import and export build cache'),
            theirs('-f, --file FILE', 'The Dockerfile (default "CONTEXT/Dockerfile")'),
            theirs('    --load', 'Load the image into the engine'),
            theirs('    --no-cache', 'Build without cache; weighing still uses the result of this build'),
            theirs('-o, --output DEST', 'Where the result goes'),
            theirs('    --platform LIST', 'Target platforms; each is weighed'),
            theirs('    --push', 'Push the image'),
            theirs('    --secret id=ID[,src=FILE]', 'Give the build a secret'),
            theirs('    --ssh default|ID[=SOCKET]', 'Give the build an SSH agent'),
            theirs('-t, --tag NAME[:TAG]', 'Name the image'),
            theirs('    --target STAGE', 'Build and weigh this stage and those that it needs'),
          ],
        },
        'See "docker buildx build --help" for the rest. Two flags are not those of buildx: -q (--quiet) and --print, described above. For the --print of buildx, write --call. "--output -" is refused, because standard output carries the report.',
        rows(helpFlag),
      ],
    },
  ],
  examples: [
    'stage-footprint build -t app --load .',
    'stage-footprint build --baseline main --budget "final pull growth <= 1MB" .',
    'stage-footprint build --json footprint.json --markdown footprint.md .',
    'stage-footprint build --print --target runtime .',
  ],
}

const inspect: CommandManual = {
  operands: 'SOURCE',
  summary: 'Weigh an existing image',
  usage: 'inspect [FLAGS] SOURCE',
  purpose: 'Weighs an existing image, layer by layer.',
  text: [
    'SOURCE has the syntax of skopeo (containers-transports(5)):',
    {
      rows: [
        theirs('oci:DIR[:REF]', 'An image layout in a folder'),
        theirs('oci-archive:FILE[:REF]', 'An image layout in a tar'),
        theirs('docker-archive:FILE[:REF]', 'What "docker save" writes; REF may be @N, the Nth image, counted from 0'),
        theirs('docker-daemon:REF', 'An image in the Docker engine'),
        theirs('docker://REF', 'An image in a registry, with the credentials that "docker login" keeps'),
        theirs('PATH', 'A folder or file; its contents show which of these it is'),
      ],
    },
    "Every image of the source is weighed. Dockerfile lines and the base image come from the image's provenance, if it has mode=max. Otherwise the instructions come from the image's history, and lines are not known.",
  ],
  sections: [
    { title: 'Flags', blocks: [rows(imagePlatformFlag, ...outputFlags, imageBaselineFlag, ...otherFlags, helpFlag)] },
  ],
  examples: [
    'stage-footprint inspect docker-daemon:app',
    'stage-footprint inspect docker://python:3.13-slim --platform linux/amd64',
    'docker save app -o app.tar && stage-footprint inspect app.tar',
  ],
}

const compare: CommandManual = {
  operands: 'BASE HEAD',
  summary: 'Show what changed between two images or records',
  usage: 'compare [FLAGS] BASE HEAD',
  purpose: 'Shows what changed between two images or records.',
  text: [
    'BASE and HEAD are records that "stage-footprint build --json FILE" wrote, or SOURCEs as in "stage-footprint inspect". The report splits growth by cause: the change, a moved base image, or rebuild drift.',
  ],
  sections: [{ title: 'Flags', blocks: [rows(imagePlatformFlag, ...outputFlags, ...otherFlags, helpFlag)] }],
  examples: [
    'stage-footprint compare before.json after.json',
    'stage-footprint compare docker://app:1.2 docker-daemon:app',
  ],
}

const render: CommandManual = {
  operands: 'RECORD',
  summary: 'Show the report of a record again, in any format',
  usage: 'render [FLAGS] RECORD',
  purpose: 'Shows the report of a record again, in any format.',
  text: [
    'RECORD is a file that "stage-footprint build --json FILE" wrote, or "-" for standard input. Nothing is built. A record describes one revision, so nothing is compared unless --baseline names another record or an image.',
  ],
  sections: [{ title: 'Flags', blocks: [rows(...outputFlags, imageBaselineFlag, ...otherFlags, helpFlag)] }],
  examples: ['stage-footprint render footprint.json', 'stage-footprint render - --format markdown <footprint.json'],
}

const view: CommandManual = {
  operands: 'RECORD',
  summary: 'Open the report of a record or an image in the browser',
  usage: 'view [FLAGS] RECORD | SOURCE',
  purpose: 'Opens the report of a record or an image in the browser.',
  text: [
    'The report is written to a file, as a page with a treemap; its path is printed, and the file is opened. The argument is a record that "stage-footprint build --json FILE" wrote, or a SOURCE as in "stage-footprint inspect". The page of a SOURCE shows up to 20,000 of its files, and that of a record only the files that the record lists.',
    'The browser is started with "open" on macOS, "explorer.exe" on Windows, "wslview" or "explorer.exe" in WSL, and "xdg-open" elsewhere. If there is none, open the file yourself. A browser that is installed as a snap cannot read temporary files: write the page to your home folder with --html.',
  ],
  sections: [
    { title: 'Flags', blocks: [rows(viewPageFlag, imagePlatformFlag, imageBaselineFlag, ...otherFlags, helpFlag)] },
  ],
  examples: [
    'stage-footprint view footprint.json',
    'stage-footprint view --baseline before.json after.json',
    'stage-footprint view docker-daemon:app',
  ],
}

const publish: CommandManual = {
  operands: 'RECORD...',
  summary: 'Write the comment on a pull request from records',
  usage: 'publish [FLAGS] RECORD...',
  purpose: 'Writes the comment on a pull request from records.',
  text: [
    'The token comes from the environment variable GITHUB_TOKEN, and needs write permission for pull requests. In a workflow, the event says which pull request it is. Elsewhere, use --repository and --pull-request.',
  ],
  sections: [
    {
      title: 'Flags',
      blocks: [rows(...publishOnlyFlags, ...outputFlags, imageBaselineFlag, ...otherFlags, helpFlag)],
    },
  ],
  examples: [
    'stage-footprint publish --repository octo/app --pull-request 7 footprint.json',
    'stage-footprint publish --baseline before.json --comment always after.json',
  ],
}

const trend: CommandManual = {
  operands: 'WHAT...',
  summary: 'Show how an image grew, and by which commits',
  usage: 'trend [FLAGS] RECORD | FILE.jsonl | FOLDER...',
  purpose: 'Shows how an image grew from commit to commit, and why.',
  text: [
    'Reads records that "stage-footprint build --json FILE" wrote, files with one point on each line that --append wrote, and folders of both, such as ~/.cache/stage-footprint, where the action keeps its records. "-" is standard input.',
    'Causes of growth are found by comparing two records. If you add a point with --append, also pass the record before it. Otherwise its cause is unknown.',
    'Growth from moved base images and rebuild drift is listed separately from changes. Changes that are too small to be listed are added up as creep.',
  ],
  sections: [{ title: 'Flags', blocks: [rows(...trendOnlyFlags, helpFlag)] }],
  examples: [
    'stage-footprint trend records/',
    'stage-footprint trend --append trend.jsonl before.json after.json',
    'stage-footprint trend trend.jsonl --measure unpacked --creep 1MB',
    'stage-footprint trend trend.jsonl --format markdown --badge badge.json',
  ],
}

const completion: CommandManual = {
  operands: 'SHELL',
  summary: 'Print a script that completes commands in a shell',
  usage: 'completion bash | zsh | fish',
  purpose: 'Prints a script that completes commands, flags and values in a shell.',
  text: ['Load the script in the startup file of your shell, as in the examples.'],
  sections: [{ title: 'Flags', blocks: [rows(helpFlag)] }],
  examples: [
    "echo 'source <(stage-footprint completion bash)' >>~/.bashrc",
    "echo 'source <(stage-footprint completion zsh)' >>~/.zshrc",
    "echo 'stage-footprint completion fish | source' >>~/.config/fish/config.fish",
  ],
}

const installPlugin: CommandManual = {
  operands: '',
  summary: 'Make "docker footprint" work, as a docker plugin',
  usage: 'install-plugin',
  purpose: 'Makes "docker footprint" work, as a plugin of the docker client.',
  text: [
    'Links this program as docker-footprint into the folder cli-plugins of the docker client\'s configuration (DOCKER_CONFIG, or ~/.docker). "docker footprint build ." is then the same as "stage-footprint build .". To remove the plugin, delete the link.',
  ],
  sections: [{ title: 'Flags', blocks: [rows(helpFlag)] }],
  examples: ['stage-footprint install-plugin', 'docker footprint build -t app --load .'],
}

/** The manuals of all commands. */
export const manuals: Readonly<Record<CommandName, CommandManual>> = {
  build,
  inspect,
  compare,
  render,
  view,
  publish,
  trend,
  completion,
  'install-plugin': installPlugin,
}

/** One sentence that says what the program does. */
export const programPurpose = 'Weighs every stage of a multi-stage Docker build.'

/** A note below the list of commands. */
export const programNote = 'Standard output carries only the report. Progress and messages go to standard error.'

/** Examples in the help of the program. */
export const programExamples: readonly string[] = [
  'stage-footprint build .',
  'stage-footprint build --baseline main --budget "final pull growth <= 1MB" .',
  'stage-footprint inspect docker-daemon:app',
  'stage-footprint render footprint.json --format markdown',
]

/** The sentences that say how the baseline was found, and why no better one was used. */
import type {
  BaseFailure,
  BaselineNote,
  ExtraFiles,
  ExtraKind,
  FailedBase,
  Obstacle,
  RecordFault,
} from '../base/baseline-note.ts'

/** Returns the lines that show how the log of a base ends. Untrusted text. */
export function failedBaseLines({ targets, log }: FailedBase): readonly string[] {
  if (targets === null) return ['The base could not be built. Its log ends:', ...log]
  const names = targets.join(', ')
  return targets.length === 1
    ? [`The target ${names} of the base could not be built. Its log ends:`, ...log]
    : [`The targets ${names} of the base could not be built. Their log ends:`, ...log]
}

/** Returns the sentence for a note. */
export function baselineSentence(note: BaselineNote): string {
  switch (note.kind) {
    case 'no-base-commit':
      return `There is no base commit: ${note.why}.`
    case 'no-record-folder':
      return 'There is no stored record, because there is no folder for records.'
    case 'no-record-of-commit':
      return `There is no stored record of the base commit ${short(note.commit)} with the same settings.`
    case 'no-record-of-branch':
      return `There is no stored record ${note.name === null ? '' : `of ${note.name} `}for the branch ${note.branch} with the same settings.`
    case 'no-branch':
      return 'There is no known branch whose newest record could be used instead.'
    case 'record-skipped':
      return `A stored record was skipped: ${faultClause(note.file, note.fault)}.`
    case 'not-built':
      return `The base commit ${short(note.commit)} was not built: ${obstacleClause(note.obstacle)}.`
    case 'not-weighed':
      return `The base commit ${short(note.commit)} could not be weighed: ${failureClause(note.failure)}.`
    case 'unreadable':
      return `The baseline ${note.reference} cannot be read: ${note.why}.`
    case 'not-comparable':
      return `The comparison with the baseline failed: ${note.why}.`
    case 'same-inputs':
      return 'Nothing that the build reads differs between the two commits, so the figures of this build count for both.'
    case 'targets-with-same-inputs':
      return `Nothing that ${note.targets.join(', ')} read${note.targets.length === 1 ? 's' : ''} differs between the two commits, so ${
        note.all ? 'the figures of this build count for both' : 'for the base only the other targets were built'
      }.`
    case 'dockerfile-outside':
      return 'The Dockerfile is outside of the Git checkout: the base was built with the same one.'
    case 'git-folder-read':
      return 'The folder .git is part of the build context, so each commit makes different layers. The base was built with that of the head, so a version that a build takes from Git is the same on both sides. Exclude .git with .dockerignore, or with the ignore file of the Dockerfile.'
    case 'target-not-weighed':
      return `Target ${note.target} of the base commit ${short(note.commit)} was not weighed: ${obstacleClause(note.obstacle)}.`
    case 'no-such-target': {
      const sentence = `The base commit ${short(note.commit)} has no target ${note.target}`
      return note.comparedWith === undefined
        ? `${sentence}.`
        : `${sentence}, so ${note.target} is compared with ${note.comparedWith.join(', ')} of that commit.`
    }
  }
}

/** Returns why there is no baseline, as a clause. Undefined if none was asked for. */
export function missingClause(notes: readonly BaselineNote[]): string | undefined {
  if (notes.length === 0) return undefined
  return notes.some((note) => note.kind === 'no-base-commit' && note.isFirst)
    ? 'there is no baseline yet: the next run of this branch will have one'
    : 'there is no baseline to compare with (the end of the report says why)'
}

function faultClause(file: string, fault: RecordFault): string {
  switch (fault.kind) {
    case 'other-revision':
      return `${file} is a record of another revision than its name says`
    case 'from-the-future':
      return `${file} says that it was weighed in the future`
    case 'not-a-file':
      return `${file} is not a file`
    case 'too-large':
      return `${file} has more than ${Math.round(fault.maxBytes / 1e6)} MB`
    case 'not-read':
      return `${file} cannot be read (${fault.code})`
    case 'invalid':
      return fault.why
  }
}

function failureClause(failure: BaseFailure): string {
  if ('why' in failure) return failure.why
  const { lost, missing } = failure
  const clauses = [
    ...lost.map(({ target, obstacle }) => `target ${target}: ${obstacleClause(obstacle)}`),
    ...missing.map((name) => `it has no target ${name}`),
  ]
  return clauses.join('; ') || 'its bake definition builds nothing'
}

/** Returns why a base was not built, as a clause within a sentence. */
export function obstacleClause(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'existing-images':
      return 'existing images are not built, and neither is their base'
    case 'standard-input':
      return 'the build reads standard input, which belongs only to the head'
    case 'extra-files':
      return extraFilesClause(obstacle)
    case 'countless-files':
      return 'the context has more uncommitted files than can be examined'
    case 'written':
      return `the base would read what this run wrote into the context (${obstacle.places.map((place) => (place === '.' ? 'the output' : place)).join(', ')})`
    case 'context':
      return `build context ${obstacle.name}: ${obstacleClause(obstacle.obstacle)}`
    case 'target':
      return `target ${obstacle.target}: ${obstacleClause(obstacle.obstacle)}`
    case 'linked-target':
      return `target ${obstacle.target}, which it builds on: ${obstacleClause(obstacle.obstacle)}`
    case 'said':
      return obstacle.why
  }
}

function extraFilesClause({ count, atLeast, kinds, named }: ExtraFiles): string {
  const place = named.some((path) => path.startsWith('../')) ? 'checkout' : 'context'
  const rest = count > named.length ? ', …' : ''
  return (
    `the ${place} holds ${atLeast ? 'at least ' : ''}${count} ${count === 1 ? 'file' : 'files'} that the build reads and the commit does not contain` +
    ` (${kinds.map((kind) => wordFor[kind]).join(', ')}): ${named.join(', ')}${rest}`
  )
}

const wordFor: Readonly<Record<ExtraKind, string>> = {
  untracked: 'untracked',
  ignored: 'ignored by Git',
  modified: 'modified',
  lfs: 'Git LFS',
  submodule: 'submodule',
}

const short = (commit: string): string => commit.slice(0, 7)

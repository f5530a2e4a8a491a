import type { Git } from './run-git.ts'

/** What a commit says about itself. Each value is null if it is not known. */
export interface CommitFacts {
  /** When it was committed, in milliseconds since 1970. */
  readonly committedAt: number | null
  /** The first paragraph of its message on one line, as `git log --format=%s` shows it. It is untrusted text. */
  readonly subject: string | null
}

/** Reads a commit of the checkout. Nothing is known if the checkout does not have it. */
export async function readCommit(git: Git, commit: string): Promise<CommitFacts> {
  const answer = await git(['cat-file', 'commit', commit])
  if (!answer.ok) return { committedAt: null, subject: null }
  // An empty line ends the header. Lines of a signature begin with a space.
  const end = answer.stdout.indexOf('\n\n')
  const [header, message] =
    end === -1 ? [answer.stdout, ''] : [answer.stdout.slice(0, end), answer.stdout.slice(end + 2).trim()]
  const committer = header.split('\n').findLast((line) => line.startsWith('committer '))
  const seconds = /> (\d{1,11}) [+-]\d{4}$/.exec(committer ?? '')?.[1]
  const subject = (message.split('\n\n', 1)[0] ?? '').split('\n').join(' ').trim()
  return { committedAt: seconds === undefined ? null : Number(seconds) * 1000, subject: subject || null }
}

import { parseProgress, type Progress } from '../../src/docker/progress-message.ts'

/** Returns a message of the progress, as the program reads it from the client's line. */
export function progressOf(message: object): Progress {
  const progress = parseProgress(JSON.stringify(message))
  if (progress === null) throw new TypeError('not a message of the progress')
  return progress
}

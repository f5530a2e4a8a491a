import { nearest } from './nearest.ts'

/** The transports of a SOURCE (containers-transports(5)), and the beginning of a SOURCE with each of them. */
export const transports = {
  'docker-daemon': 'docker-daemon:',
  docker: 'docker://',
  oci: 'oci:',
  'oci-archive': 'oci-archive:',
  'docker-archive': 'docker-archive:',
} as const

/** The name of a transport. */
type Transport = keyof typeof transports

const isTransport = (word: string): word is Transport => Object.hasOwn(transports, word)

const transportNames = Object.keys(transports).filter(isTransport)

/**
 * Returns the SOURCE that was probably meant, such as `docker-daemon:app` for `docker-deamon:app`. Returns null if the
 * word before the first colon is not nearly a transport.
 */
export function intendedSource(text: string): string | null {
  const [, word = '', rest = ''] = /^([A-Za-z_-]{1,30}):(?:\/\/)?(.+)$/s.exec(text) ?? []
  const near = word === '' ? null : nearest(word.toLowerCase(), transportNames)
  return near === null ? null : `${transports[near]}${rest}`
}

/** The transports of a SOURCE (containers-transports(5)), and the beginning of a SOURCE with each of them. */
export const transports = {
  'docker-daemon': 'docker-daemon:',
  docker: 'docker://',
  oci: 'oci:',
  'oci-archive': 'oci-archive:',
  'docker-archive': 'docker-archive:',
} as const

/** The name of a transport. */
export type Transport = keyof typeof transports

/** Returns whether this is the name of a transport. */
export const isTransport = (word: string): word is Transport => Object.hasOwn(transports, word)

/** The names of the transports. */
export const transportNames = Object.keys(transports).filter(isTransport)

import { messageOf } from '../errors.ts'

/** Carries an error that says nothing about a layer (a dropped connection, a failing callback) past whoever judges it. */
export class NotTheLayer extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
  }
}

/** What this throws is not the layer's fault. */
export function blameless(act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new NotTheLayer(cause)
  }
}

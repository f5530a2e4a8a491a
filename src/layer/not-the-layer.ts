import { messageOf } from '../errors.ts'

/**
 * Wraps an error that is not the fault of a layer (a dropped connection, a failing callback), so that the layer is not
 * reported as damaged.
 */
export class NotTheLayer extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
  }
}

/**
 * Runs a function whose errors are not the fault of the layer.
 *
 * @throws NotTheLayer with the original error as its cause
 */
export function blameless(act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new NotTheLayer(cause)
  }
}

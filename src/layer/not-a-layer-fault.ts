import { messageOf } from '../errors.ts'

/**
 * Wraps an error that is not the fault of a layer (a dropped connection, a failing callback), so that the layer is not
 * reported as damaged.
 */
export class NotALayerFault extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
  }
}

/**
 * Runs a function whose errors are not the fault of the layer.
 *
 * @throws NotALayerFault with the original error as its cause
 */
export function rethrowAsNotALayerFault(act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new NotALayerFault(cause)
  }
}

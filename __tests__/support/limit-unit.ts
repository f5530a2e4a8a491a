/** The time limit of tests without an engine. What hangs is stopped; how fast things are is no matter of tests. */
import { jest } from '@jest/globals'

jest.setTimeout(120_000)

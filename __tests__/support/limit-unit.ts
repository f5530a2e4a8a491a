/** The time limit of tests without an engine. It stops tests that hang; tests do not check how fast code is. */
import { jest } from '@jest/globals'

jest.setTimeout(120_000)

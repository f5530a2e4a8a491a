/**
 * The time limit of tests without an engine. It only stops tests that hang, so it is far above what a slow machine
 * takes: no test has a limit of its own, and none checks how fast code is.
 */
import { jest } from '@jest/globals'

jest.setTimeout(600_000)

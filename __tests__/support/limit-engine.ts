/**
 * The time limit of tests with an engine. It only stops tests that hang, so it is far above what a slow machine takes:
 * no test has a limit of its own.
 */
import { jest } from '@jest/globals'

jest.setTimeout(1_200_000)

/** The time limit of tests with an engine, which compete for a machine of two cores. */
import { jest } from '@jest/globals'

jest.setTimeout(300_000)

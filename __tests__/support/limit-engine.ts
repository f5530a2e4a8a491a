/** The time limit of tests with an engine, which wait for each other on a machine of two cores. */
import { jest } from '@jest/globals'

jest.setTimeout(300_000)

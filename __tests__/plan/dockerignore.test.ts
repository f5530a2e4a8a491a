import { expect, test } from '@jest/globals'
import { dockerignoreFor } from '../../src/plan/dockerignore.ts'

test('lies beside the Dockerfile and is named after it', () => {
  expect(dockerignoreFor('docker/prod.Dockerfile')).toBe('docker/prod.Dockerfile.dockerignore')
})

import { expect, test } from '@jest/globals'
import { filesBeside } from '../../src/dockerfile/beside-dockerfile.ts'

test('names the ignore file and the policy after the Dockerfile beside them', () => {
  expect(filesBeside.map((nameFor) => nameFor('docker/prod.Dockerfile'))).toEqual([
    'docker/prod.Dockerfile.dockerignore',
    'docker/prod.Dockerfile.rego',
  ])
})

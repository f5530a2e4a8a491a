import { expect, test } from '@jest/globals'
import { filesBeside } from '../../src/dockerfile/beside-dockerfile.ts'

test('the ignore file and the policy lie beside the Dockerfile and are named after it', () => {
  expect(filesBeside.map((nameFor) => nameFor('docker/prod.Dockerfile'))).toEqual([
    'docker/prod.Dockerfile.dockerignore',
    'docker/prod.Dockerfile.rego',
  ])
})

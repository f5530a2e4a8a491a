/** Addresses of parts of a page: they name an image, so that they lead to the same one in the next page. */
import { expect, test } from '@jest/globals'
import { fragmentOf, keysOf, placeOf } from '../../src/page/client/place.ts'

const amd64 = 'linux/amd64'
const keys = (...names: readonly string[]): readonly string[] =>
  keysOf(names.map((name) => ({ name, platform: amd64 })))

test('an image has its name if that is unique and no number', () => {
  expect(keys('app', 'worker')).toEqual(['app', 'worker'])
  expect(keys('app')).toEqual(['app'])
  expect(keys('a/b:c', '', '1')).toEqual(['a/b:c', ' linux/amd64', '1 linux/amd64'])
})

test('an image that has its name in common with another one has its platform, too', () => {
  const images = ['linux/arm64', amd64, amd64].map((platform, at) => ({ name: at === 2 ? 'b' : 'a', platform }))
  expect(keysOf(images)).toEqual(['a linux/arm64', 'a linux/amd64', 'b'])
  expect(keys('a', 'a')).toEqual(['0', '1'])
})

test('an address leads to the image with its name, wherever that is in the next page', () => {
  const place = { image: 1, mode: 'changed', stage: 'build', ids: ['layer-1', 'a/b'] } as const
  const address = fragmentOf(place, keys('app', 'wörk er'))
  expect(address).toBe('#/w%C3%B6rk%20er/changed/build/layer-1/a%2Fb')
  expect(placeOf(address, keys('app', 'new', 'wörk er'))).toEqual({ ...place, image: 2 })
  expect(placeOf(address, keys('wörk er'))).toEqual({ ...place, image: 0 })
})

test.each(['#/nobody/in/x', '#/1/in/x', '#/99999/in/x'])('leads to no stage if the image is missing: %s', (address) => {
  expect(placeOf(address, keys('app', 'worker'))).toEqual({ image: 0, mode: 'in', stage: '', ids: [] })
})

test.each(['', '#x', '#/', '#/app/in', '#/app/other/x', '#/%E0%A4%A/in/x'])('leads nowhere: %j', (address) => {
  expect(placeOf(address, keys('app', 'worker'))).toBeNull()
})

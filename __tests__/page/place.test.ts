/** Addresses of parts of a page: they name an image, so that they lead to the same one in the next page. */
import { expect, test } from '@jest/globals'
import { atPosition, fragmentOf, imageFinder, placeOf } from '../../src/page/client/place.ts'
import { keysOf } from '../../src/page/image-keys.ts'

const amd64 = 'linux/amd64'
const named = (...names: readonly string[]) => names.map((name) => ({ name, platform: amd64 }))
const keys = (...names: readonly string[]): readonly string[] => keysOf(named(...names))
const find = (...names: readonly string[]): ReturnType<typeof imageFinder> => imageFinder(named(...names))

test('an image has its name and platform, or its position if another one has both', () => {
  expect(keys('app')).toEqual(['app linux/amd64'])
  expect(keys('a/b:c', '', '1')).toEqual(['a/b:c linux/amd64', ' linux/amd64', '1 linux/amd64'])
  const images = ['linux/arm64', amd64].map((platform) => ({ name: 'a', platform }))
  expect(keysOf(images)).toEqual(['a linux/arm64', 'a linux/amd64'])
  expect(keys('a', 'a')).toEqual(['0', '1'])
})

test('an address leads to the image with its name, wherever that is in the next page', () => {
  const place = { image: 1, mode: 'changed', stage: 'build', ids: ['layer-1', 'a/b'] } as const
  const address = fragmentOf(place, keys('app', 'wörk er'))
  expect(address).toBe('#/w%C3%B6rk%20er%20linux%2Famd64/changed/build/layer-1/a%2Fb')
  expect(placeOf(address, find('app', 'new', 'wörk er'))).toEqual({ ...place, image: 2 })
  expect(placeOf(address, find('wörk er'))).toEqual({ ...place, image: 0 })
})

test('an address of a page with more or fewer platforms leads to the same image, or says that it may be another', () => {
  const both = [amd64, 'linux/arm64'].map((platform) => ({ name: 'web', platform }))
  const one = imageFinder(both.slice(1))
  expect(one('web linux/arm64')).toEqual({ image: 0, isCertain: true })
  expect(one('web linux/amd64')).toEqual({ image: 0, isCertain: false })
  const two = imageFinder([{ name: 'app', platform: amd64 }, ...both])
  expect(two('web linux/arm64')).toEqual({ image: 2, isCertain: true })
  expect(two('web')).toEqual({ image: 1, isCertain: false })
  expect(two('app linux/amd64')).toEqual({ image: 0, isCertain: true })
  // As pages of earlier releases call it.
  expect(two('app')).toEqual({ image: 0, isCertain: true })
})

test('the page itself calls images by their position', () => {
  expect(placeOf('#/1/in/x', atPosition)).toEqual({ image: 1, mode: 'in', stage: 'x', ids: [] })
})

test.each(['#/nobody/in/x', '#/1/in/x', '#/99999/in/x'])('leads to no stage if the image is missing: %s', (address) => {
  expect(placeOf(address, find('app', 'worker'))).toEqual({ image: 0, mode: 'in', stage: '', ids: [] })
})

test.each(['', '#x', '#/', '#/app/in', '#/app/other/x', '#/%E0%A4%A/in/x'])('leads nowhere: %j', (address) => {
  expect(placeOf(address, find('app', 'worker'))).toBeNull()
})

/** Addresses of parts of a page: they name an image, so that they lead to the same one in the next page. */
import { expect, test } from '@jest/globals'
import { fragmentOf, keysOf, placeOf } from '../../src/page/client/place.ts'

const keys = (...names: readonly string[]): readonly string[] => keysOf(names.map((name) => ({ name })))

test('an image has its name if that is unique and no number', () => {
  expect(keys('app', 'worker')).toEqual(['app', 'worker'])
  expect(keys('app', 'app', 'worker')).toEqual(['0', '1', 'worker'])
  expect(keys('1', '', 'a/b:c')).toEqual(['0', '1', 'a/b:c'])
  expect(keys('app')).toEqual(['0'])
})

test('an address leads to the image with its name, wherever that is in the next page', () => {
  const place = { image: 1, mode: 'changed', stage: 'build', ids: ['layer-1', 'a/b'] } as const
  const address = fragmentOf(place, keys('app', 'wörk er'))
  expect(address).toBe('#/w%C3%B6rk%20er/changed/build/layer-1/a%2Fb')
  expect(placeOf(address, keys('app', 'new', 'wörk er'))).toEqual({ ...place, image: 2 })
  expect(placeOf(address, keys('app', 'new'))).toBeNull()
  // As the page itself is written.
  expect(placeOf('#/1/changed/build/layer-1/a%2Fb', keys('app', 'worker'))).toEqual(place)
})

test.each(['', '#x', '#/', '#/app/in', '#/app/other/x', '#/nobody/in/x', '#/99999/in/x', '#/%E0%A4%A/in/x'])(
  'leads nowhere: %j',
  (address) => {
    expect(placeOf(address, keys('app', 'worker'))).toBeNull()
  },
)

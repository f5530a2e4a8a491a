import { expect, test } from '@jest/globals'
import { renderPage } from '../../src/page/page.ts'
import { exampleReport } from '../support/example-report.ts'

test('the marks around names do not reach the page', () => {
  const page = renderPage(exampleReport(), null, { script: '', style: '' })
  expect(page).toContain('Layers of builder stage ')
  expect(page).not.toMatch(/[\u0001\u0002]/)
})

/** Draws the text of a terminal, with its colours, as a picture. */

const styles = new Map([
  ['1', 'font-weight:bold'],
  ['2', 'fill:#8b949e'],
  ['31', 'fill:#ff7b72'],
  ['32', 'fill:#3fb950'],
  ['33', 'fill:#d29922'],
])

const lineHeight = 19
const columnWidth = 8.4
const margin = 16

/**
 * Returns an SVG picture.
 *
 * @param text with Select Graphic Rendition sequences; each style ends before the end of its line
 */
export function renderSvg(text: string): string {
  const lines = text.trimEnd().split('\n')

  const columns = Math.max(...lines.map((line) => line.replace(/\u001b\[\d+m/g, '').length))
  const [width, height] = [Math.ceil(columns * columnWidth) + 2 * margin, lines.length * lineHeight + 2 * margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A report of Stage Footprint in a terminal">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">`,
    ...lines.map(
      (line, at) =>
        `<text x="${margin}" y="${margin + (at + 1) * lineHeight - 5}" style="white-space:pre">${spans(line)}</text>`,
    ),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function spans(line: string): string {
  const [first = '', ...rest] = line.split(/\u001b\[(\d+)m/)
  let out = escapeXml(first)
  for (let at = 0; at < rest.length; at += 2) {
    const style = styles.get(rest[at] ?? '')
    const part = escapeXml(rest[at + 1] ?? '')
    out += style === undefined || part === '' ? part : `<tspan style="${style}">${part}</tspan>`
  }
  return out
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`)
}

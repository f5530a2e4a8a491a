/** Names the image in the labels of landmarks, so that a list of them tells those of several images apart. Pure. */
import type { Image } from '../record/footprint.ts'
import { platformOf } from '../report/report.ts'
import { escapeHtml } from './escape-html.ts'
import { foreign, Html, maxNameLength } from './html.ts'

/** Returns a label for each image that no other one has: its name, and as much more as is necessary. */
export function imageLabels(images: readonly Image[]): readonly string[] {
  const names = images.map(({ name }) => foreign(name, maxNameLength))
  const withPlatforms = apart(names, (at) => `, ${foreign(images[at] ? platformOf(images[at]) : '', 60)}`)
  return apart(withPlatforms, (at) => ` (${at + 1})`)
}

/** Adds something to those texts that are not the only one of their kind. */
function apart(texts: readonly string[], addition: (at: number) => string): readonly string[] {
  const counts = Map.groupBy(texts, (text) => text)
  return texts.map((text, at) => ((counts.get(text)?.length ?? 0) > 1 ? `${text}${addition(at)}` : text))
}

/** Adds a label to those of all landmarks in this part of the page. */
export function withLabel({ text }: Html, label: string): Html {
  // All inserted text is escaped, so these are attributes of our own.
  return new Html(
    text.replace(
      /(?:<nav [^<>"]*"[^<>"]*"|role="region") aria-label="[^"]*/g,
      (start) => `${start}, ${escapeHtml(label)}`,
    ),
  )
}

/** Names a source in messages, and its images in a report. Pure. */
import { basename, resolve } from 'node:path'
import type { Source } from '../images/parse-source.ts'
import { familiarName, formatReference, parseReference } from '../images/reference.ts'
import type { SourceImage } from '../images/source-image.ts'

/** How a source is called. */
export interface SourceName {
  /** The name in messages. */
  readonly whole: string
  /** The name for an image without its own name. */
  readonly short: string
}

/** Returns the names of a source. */
export function nameOfSource(source: Source): SourceName {
  switch (source.kind) {
    case 'docker':
      return { whole: `docker://${formatReference(source.reference)}`, short: familiarName(source.reference) }
    case 'docker-daemon':
      return { whole: `docker-daemon:${source.reference}`, short: source.reference }
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return {
        whole: source.reference === null ? source.path : `${source.path}:${source.reference}`,
        short: shortName(source.path),
      }
    case 'path':
      return { whole: source.path, short: shortName(source.path) }
  }
}

const shortName = (path: string): string =>
  basename(resolve(path)).replace(/(?:\.oci|\.docker)?\.(?:tar(?:\.\w+)?|tgz)$/, '')

/**
 * Returns names without tags, as in the report of a build. The tag is added if two images of a source differ only by
 * it.
 */
export function namesOfImages(images: readonly SourceImage[], { short }: SourceName): readonly string[] {
  const names = images.map(({ names }) => {
    // A single word in a layout is usually a tag.
    const full = names.find((name) => /[/:]/.test(name))
    const reference = full === undefined ? null : parseReference(full)
    const plain = reference ? familiarName(reference) : short
    const tag = reference ? reference.tag : (names[0] ?? null)
    return { plain, tagged: tag === null ? plain : `${plain}:${tag}` }
  })
  // Platforms of one image share its names. Other images with the same name have another tag.
  const tags = new Map<string, Set<string>>()
  for (const { plain, tagged } of names) tags.set(plain, (tags.get(plain) ?? new Set()).add(tagged))
  return names.map(({ plain, tagged }) => (tags.get(plain)?.size === 1 ? plain : tagged))
}

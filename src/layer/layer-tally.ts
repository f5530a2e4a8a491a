import type { Digest } from '../oci/digest.ts'
import { minProgramBytes } from '../packages/elf.ts'
import { SectionReader } from '../packages/elf-sections.ts'
import { PackageCollector, type ListEntries } from '../packages/package-collector.ts'
import { Room, TwoReaders, type PayloadReader } from '../packages/payload-reader.ts'
import { BareEntries } from './bare-entries.ts'
import { ContentsCollector } from './contents.ts'
import { EntryListWriter, isListedFile, readEntryList } from './entry-list.ts'
import { ChecksumReader, fileFactsOf, FileFactsWriter } from './file-facts.ts'
import type { LayerContents, LayerEntry, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'

/** The contents of a layer. */
export interface Tallied {
  readonly contents: LayerContents
  /** All entries, packed (see `readEntryList`). Null if they take too much room, or a path is too long. */
  readonly entries: Buffer | null
  /** Null if they are unknown because `entries` is null. */
  readonly packages: LayerPackagesAndOthers | null
  /** Facts about its regular files, packed (see `fileFactsOf`). */
  readonly facts: string
}

/** Counts the entries of one layer. */
export class LayerTally {
  readonly #totals = { fileBytes: 0, entries: 0, whiteouts: 0, opaqueWhiteouts: 0 }
  readonly #contents = new ContentsCollector()
  readonly #bare = new BareEntries()
  readonly #entries = new EntryListWriter()
  readonly #packages = new PackageCollector()
  readonly #facts = new FileFactsWriter()
  readonly #room = new Room()
  readonly #checksums: ChecksumReader | null

  /** @param readsAll whether all bytes of the files are read anyway, so that checksums cost little */
  constructor({ readsAll }: { readonly readsAll: boolean }) {
    this.#checksums = readsAll
      ? new ChecksumReader((checksum) => {
          this.#facts.setChecksum(checksum)
          this.#contents.setChecksum(checksum)
        })
      : null
  }

  /**
   * Counts an entry.
   *
   * @returns a reader for the bytes of the file, or null if they are not needed
   * @throws Error if the sum of file sizes can no longer be represented exactly
   */
  add(entry: LayerEntry): PayloadReader | null {
    const totals = this.#totals
    totals.entries += 1
    totals.fileBytes += entry.fileBytes
    if (entry.kind === 'whiteout') totals.whiteouts += 1
    if (entry.kind === 'opaque-whiteout') totals.opaqueWhiteouts += 1
    if (!Number.isSafeInteger(totals.fileBytes)) throw new Error('the sizes of its files are absurdly large')
    this.#contents.add(entry)
    this.#bare.add(entry)
    this.#entries.add(entry)
    const reader = this.#packages.add(entry.path, entry.kind, entry.fileBytes, entry.linkTarget)
    return isListedFile(entry) ? this.#factsReader(entry, reader) : reader
  }

  #factsReader({ fileBytes }: LayerEntry, reader: PayloadReader | null): PayloadReader | null {
    this.#facts.begin()
    let all = reader
    if (fileBytes >= minProgramBytes) {
      const sections = new SectionReader(fileBytes, this.#room, (bytes) => {
        this.#facts.setDebugBytes(bytes)
      })
      all = reader === null ? sections : new TwoReaders(reader, sections)
    }
    return this.#checksums === null || !this.#facts.hasRoom ? all : this.#checksums.of(fileBytes, all)
  }

  totals(): Pick<LayerIndex, 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'> {
    return { ...this.#totals }
  }

  /** Returns the contents. It may be called only once, after the last entry. */
  tallied(digest: Digest): Tallied {
    const entries = this.#entries.list(digest)
    const facts = this.#facts.packed()
    const list: ListEntries = (onEntry) => entries !== null && readEntryList(entries, digest, onEntry)
    const contents = this.#contents.contents()
    const bare = this.#bare.paths(contents)
    return {
      contents: bare === null ? contents : { ...contents, bare },
      entries,
      packages: this.#packagesAndOthers(list, facts),
      facts,
    }
  }

  #packagesAndOthers(listEntries: ListEntries, facts: string): LayerPackagesAndOthers | null {
    const others = new ContentsCollector()
    const factsOfNext = fileFactsOf(facts)
    const packages = this.#packages.packages(listEntries, ({ path, pathLength, fileBytes }, isOther) => {
      const { checksum } = factsOfNext()
      if (!isOther) return
      others.add({ path: path.toString('utf8', 0, pathLength), kind: 'file', fileBytes })
      if (checksum !== null) others.setChecksum(checksum)
    })
    return (
      packages && {
        ...packages,
        others: packages.packages.length === 0 ? null : others.contents(),
        owners: this.#packages.owners(),
      }
    )
  }
}

/** Collects the packages of one layer while its entries stream past. */
import { cachedCopies } from './cached-copies.ts'
import { sparePackages, type DebianPackage } from './debian-graph.ts'
import type { Finding, MetadataFile, OnPath } from './finding.ts'
import { HeldLinks } from './held-links.ts'
import { recogniseLinkedNpm } from './npm.ts'
import { OwnerRuns } from './owner-runs.ts'
import { Owners, type Claim, type OwnerLimits, type PathEntry } from './owners.ts'
import {
  boundedName,
  boundedVersion,
  noPackages,
  type Ecosystem,
  type LayerPackage,
  type LayerPackages,
  type PackagePart,
} from './package.ts'
import { listOfPackages, type CountedPackage } from './package-list.ts'
import { maxPathLength } from './path-bytes.ts'
import { none } from './path-table.ts'
import { RangesReader, type PayloadReader } from './payload-reader.ts'
import { recogniserOf } from './recognisers.ts'

/**
 * Limits for what is kept in memory while a layer is read. If one is reached, packages may be missing, and the list is
 * marked as incomplete.
 */
export interface CollectorLimits extends OwnerLimits {
  readonly packages: number
  /** Parts of all packages together. */
  readonly parts: number
  /** Characters of the keys and paths of all packages together. */
  readonly text: number
  /** Bytes of all paths that metadata lists. Each path also counts a minimum, because even a short one takes time. */
  readonly pathBytes: number
}

const defaultLimits: CollectorLimits = {
  packages: 20_000,
  parts: 20_000,
  text: 4_000_000,
  files: 1_000_000,
  directories: 40_000,
  pathBytes: 256 * 1024 * 1024,
}

/** The minimum that each listed path counts, in bytes. */
const minWork = 32

/** Passes each entry of the layer in order. Returns false if the entries are not known, even if some were passed. */
export type ListEntries = (onEntry: (entry: PathEntry) => void) => boolean

/** Receives a regular file, and whether it belongs to no package. */
type OnFile = (file: PathEntry, isOther: boolean) => void

/** A package while its findings are merged. The name is null until a finding gives it. */
interface Draft {
  readonly ecosystem: Ecosystem
  readonly key: string
  path: string
  name: string | null
  version: string | null
  parts: readonly PackagePart[]
  isForDevelopment: boolean
  debian: DebianPackage | null
  isAutomatic: boolean
}

/** Limit for the names of packages that others only recommend, and of those that nothing wants. */
const maxSpare = 5_000
/** Limit for the names of packages without files. */
const maxWithoutFiles = 500

const claimOf: Readonly<Record<Ecosystem, Claim>> = {
  deb: 'system',
  apk: 'system',
  rpm: 'system',
  conda: 'system',
  pypi: 'recorded',
  npm: 'recorded',
  gem: 'recorded',
  composer: 'recorded',
  maven: 'recorded',
  golang: 'recorded',
  cargo: 'recorded',
}

/**
 * Receives each entry and asks for the bytes of the few files that are metadata. Metadata mostly comes after the files
 * that it describes. So owners are found at the end, from the list of entries that the layer keeps anyway.
 */
export class PackageCollector {
  readonly #limits: CollectorLimits
  readonly #drafts: Draft[] = []
  readonly #numbers = new Map<string, number>()
  #owners: Owners | null = null
  #parts = 0
  #text = 0
  #pathBytes = 0
  #complete = true
  readonly #links = new HeldLinks()
  /** Null before `packages` was called, and if the layer has no packages. */
  #packed: string | null = null

  constructor(limits: CollectorLimits = defaultLimits) {
    this.#limits = limits
  }

  /**
   * Adds an entry of the layer.
   *
   * @returns a reader that must get the bytes of the file, or null if they are not needed
   */
  add(path: string, kind: string, fileBytes: number, linkTarget = ''): PayloadReader | null {
    if (kind === 'hardlink') this.#links.add(path, linkTarget)
    else if (kind !== 'file') return null
    const recognised = kind === 'file' ? recogniserOf(path)(path, fileBytes) : recogniseLinkedNpm(path)
    if (recognised === null) return null
    // No system has such a long path, and each one would be kept in memory.
    if (recognised === 'too-large' || path.length > maxPathLength) {
      this.#complete = false
      return null
    }
    if ('finding' in recognised) {
      this.#use(recognised.finding)
      return null
    }
    if ('reader' in recognised)
      return recognised.reader((findings) => findings.forEach((finding) => this.#use(finding)))
    return this.#readerOf(recognised)
  }

  /**
   * Returns the packages of the layer. It may be called only once, after the last entry.
   *
   * @param onFile called for each regular file in turn, if the layer has metadata, with whether it belongs to no package
   * @returns null if the layer has metadata but its entries are not known
   */
  packages(listEntries: ListEntries, onFile: OnFile = () => undefined): LayerPackages | null {
    if (this.#owners === null) return this.#complete ? noPackages : { ...noPackages, complete: false }
    const copies = cachedCopies(this.#drafts)
    const counted = this.#drafts.map(
      ({ ecosystem, name, version, path, parts, isForDevelopment }, number): CountedPackage | null =>
        name === null || copies.has(number)
          ? null
          : {
              ...{ ecosystem, name, version, path, parts, fileBytes: 0, files: 0 },
              ...(isForDevelopment ? { isForDevelopment } : {}),
            },
    )
    const owners = this.#owners
    if (!this.#claimLinked(owners, listEntries)) return null
    owners.rewind()
    const runs = new OwnerRuns()
    const areKnown = listEntries((entry) => {
      const owner = owners.ownerOf(entry)
      if (entry.kind !== 'file') return
      const one = owner === none ? null : counted[owner]
      runs.add(one ? owner : none)
      if (one) {
        one.fileBytes += entry.fileBytes
        one.files += 1
      }
      onFile(entry, !one)
    })
    if (!areKnown) return null
    const found = counted.filter((one): one is CountedPackage => one !== null && one.fileBytes > 0)
    const list = listOfPackages(found, this.#complete)
    const ranks = new Map<LayerPackage | null | undefined, number>(list.packages.map((one, rank) => [one, rank]))
    this.#packed = runs.packed((owner) => ranks.get(counted[owner]) ?? none)
    return { ...list, ...this.#spare(), ...this.#withoutFiles(counted) }
  }

  /**
   * Returns the owners of all regular files in the order of the entries, as text for `ownersOf`. They are positions in
   * the list that `packages` returned, so `packages` must be called first. Returns null if the layer has no packages, or
   * the text is too long.
   */
  owners(): string | null {
    return this.#packed
  }

  /**
   * Claims the files that hard links of packages refer to. The list of entries is only read for that if there are many.
   *
   * @returns false if the entries are not known
   */
  #claimLinked(owners: Owners, listEntries: ListEntries): boolean {
    const claim = (entry: PathEntry): void => {
      const owner = owners.ownerOf(entry)
      if (entry.kind === 'hardlink' && owner !== none && !owners.claimLinked(owner, entry.linkTarget))
        this.#complete = false
    }
    const held = this.#links.all()
    for (const link of held ?? []) {
      owners.rewind()
      claim(link)
    }
    owners.rewind()
    return held !== null || listEntries(claim)
  }

  #spare(): Pick<LayerPackages, 'recommended' | 'unwanted'> {
    const debian = this.#drafts.filter(({ ecosystem }) => ecosystem === 'deb')
    const installed = debian.flatMap((draft) => draft.debian ?? [])
    if (installed.length === 0) return {}
    const automatic = new Set(debian.filter(({ isAutomatic }) => isAutomatic).map(({ key }) => key))
    if (!this.#complete || automatic.size === 0) return { recommended: null }
    const { recommended, unwanted } = sparePackages(installed, automatic)
    return recommended.length + unwanted.length > maxSpare ? { recommended: null } : { recommended, unwanted }
  }

  #withoutFiles(counted: readonly (CountedPackage | null)[]): Pick<LayerPackages, 'withoutFiles'> {
    // Only a package that this layer installs has a list of its files in it.
    const names = this.#drafts.flatMap(({ ecosystem, name, version, path }, number) =>
      ecosystem === 'deb' && name !== null && version !== null && path.endsWith('.list') && counted[number]?.files === 0
        ? [name]
        : [],
    )
    return names.length === 0 ? {} : { withoutFiles: [...new Set(names)].sort().slice(0, maxWithoutFiles) }
  }

  #readerOf({ ranges, read }: MetadataFile): PayloadReader {
    return new RangesReader(ranges, (bytes) => {
      try {
        for (const finding of read(bytes) ?? []) this.#use(finding)
      } catch {
        // Damaged metadata does not make the layer invalid. Its bytes still count as a file's.
        this.#complete = false
      }
    })
  }

  #use(finding: Finding): void {
    const number = this.#numberOf(finding)
    const draft = this.#drafts[number]
    if (draft === undefined) {
      this.#complete = false
      return
    }
    if (finding.name !== undefined && finding.name !== '') draft.name = boundedName(finding.name)
    if (finding.version !== undefined) draft.version = boundedVersion(finding.version)
    if (finding.path !== undefined) draft.path = finding.path
    if (finding.parts !== undefined) draft.parts = this.#partsOf(finding.parts)
    draft.isForDevelopment ||= finding.isForDevelopment ?? false
    draft.isAutomatic ||= finding.isAutomatic ?? false
    draft.debian ??= finding.debian ?? null
    this.#claim(finding, number)
  }

  #claim({ ecosystem, files, directories = [], closed = false, file }: Finding, number: number): void {
    const owners = (this.#owners ??= new Owners(this.#limits))
    const claim = claimOf[ecosystem]
    this.#listFiles(files, (bytes, from, to) => owners.claimFile(claim, number, bytes, from, to))
    for (const directory of directories) if (!owners.claimDirectory(number, directory, closed)) this.#complete = false
    if (file === undefined) return
    const bytes = Buffer.from(file)
    if (!owners.claimFile('alone', number, bytes, 0, bytes.length)) this.#complete = false
  }

  /** Claims the listed files until there is no room. A hostile list may have a million short names in a long folder. */
  #listFiles(files: Finding['files'], claim: OnPath): void {
    if (this.#pathBytes > this.#limits.pathBytes) this.#complete = false
    else
      files?.((bytes, from, to, work) => {
        this.#pathBytes += work + minWork
        if (this.#pathBytes <= this.#limits.pathBytes && (from === to || claim(bytes, from, to, work))) return true
        this.#complete = false
        return false
      })
  }

  /** Returns the number of the package, or `none` if there is no room for another one. */
  #numberOf({ ecosystem, key, path = key }: Finding): number {
    const named = `${ecosystem} ${key}`
    const known = this.#numbers.get(named)
    if (known !== undefined) return known
    const number = this.#drafts.length
    const text = key.length + (path === key ? 0 : path.length)
    if (number === this.#limits.packages || this.#text + text > this.#limits.text) return none
    this.#text += text
    this.#numbers.set(named, number)
    this.#drafts.push({
      ...{ ecosystem, key, path: key, name: null, version: null, parts: [] },
      ...{ isForDevelopment: false, debian: null, isAutomatic: false },
    })
    return number
  }

  #partsOf(parts: readonly PackagePart[]): readonly PackagePart[] {
    const kept = parts.slice(0, this.#limits.parts - this.#parts)
    if (kept.length < parts.length) this.#complete = false
    this.#parts += kept.length
    return kept.map(({ name, version, fileBytes }) => ({
      name: boundedName(name),
      version: boundedVersion(version),
      fileBytes,
    }))
  }
}

/** The controls above a treemap: what areas stand for, the stage, and the search. */
import { isUnnamed } from '../../record/stage-name.ts'
import { stageTitle } from '../../report/stage-words.ts'
import type { Mode, PageImage, PageStage } from '../model.ts'
import { element } from './dom.ts'

const modeNames: Readonly<Record<Mode, string>> = { changed: 'What changed', in: 'What is in it' }

/** The controls of a treemap. */
export interface Controls {
  readonly search: HTMLInputElement
  /** Says what was found, or what is marked. */
  readonly status: HTMLElement
  readonly select: HTMLSelectElement
  readonly modes: ReadonlyMap<Mode, HTMLButtonElement>
}

/** What a user does with them. */
interface Uses {
  readonly onMode: (mode: Mode) => void
  readonly onStage: (name: string) => void
  readonly onSearch: () => void
}

const optionOf = (stage: PageStage): string =>
  `${stageTitle(stage, (text) => text)}${stage.role === 'final' && !isUnnamed(stage.name) ? ' (final)' : ''}`

/** Fills the box of the controls and shows it. */
export function makeControls(
  box: HTMLElement,
  { stages, compared }: PageImage,
  { onMode, onStage, onSearch }: Uses,
): Controls {
  const search = element('input', {
    type: 'search',
    placeholder: 'Path or package',
    'aria-label': 'Search the treemap',
  })
  const status = element('span', { class: 'map-status', role: 'status' })
  const select = element('select', { 'aria-label': 'Stage' })
  for (const stage of stages) select.append(element('option', { value: stage.name }, optionOf(stage)))
  const modes = new Map<Mode, HTMLButtonElement>()
  for (const mode of ['changed', 'in'] as const) {
    const button = element('button', { type: 'button' }, modeNames[mode])
    button.addEventListener('click', () => onMode(mode))
    modes.set(mode, button)
  }
  const group = element('span', { class: 'modes', role: 'group', 'aria-label': 'What areas stand for' })
  group.append(...modes.values())
  box.append(
    ...(compared ? [group] : []),
    ...(stages.length > 1 ? [element('label', {}, element('span', {}, 'Stage'), select)] : []),
    search,
    status,
  )
  box.hidden = false
  select.addEventListener('change', () => onStage(select.value))
  search.addEventListener('input', onSearch)
  return { search, status, select, modes }
}

/** Describes the place of files that an edit would save, as the rules need it. Pure. */
import type { Instruction, Layer, Stage } from '../record/footprint.ts'
import type { Saving } from '../record/savings.ts'
import { commandsIn } from '../savings/commands.ts'
import { isRun, says, type Place } from '../savings/rule.ts'
import { areApart, canJoin, isNext, linesToMove } from '../savings/steps.ts'

/** A RUN instruction and the position of its layer. */
export interface Run extends Pick<Instruction, 'text' | 'line'> {
  readonly position: number
}

/** Returns all RUN instructions of the layers. */
export function runsOf(layers: readonly Layer[]): readonly Run[] {
  return layers.flatMap(({ instruction }, position): Run[] =>
    instruction !== null && isRun(instruction.text)
      ? [{ text: instruction.text, line: instruction.line, position }]
      : [],
  )
}

/** Returns the lines of the RUN instructions that name one of the files, up to the later one. */
function readersOf(item: Saving, runs: readonly Run[], later: number): (number | null)[] {
  return runs
    .filter(({ position, text }) => position > item.layer && position <= later && namesOf(item).some(reads(text)))
    .map(({ line }) => line)
}

/** Returns the lines of the RUN instructions that change the owner or the mode of one of the files by its name. */
function changersOf(item: Saving, runs: readonly Run[]): (number | null)[] {
  const changes = (text: string): boolean =>
    commandsIn(text).some(
      (command) => says(command, 'chown', 'chgrp', 'chmod') && namesOf(item).some((name) => command.includes(name)),
    )
  return runs.filter(({ position, text }) => position > item.layer && changes(text)).map(({ line }) => line)
}

const namesOf = ({ path, paths = [path] }: Saving): readonly string[] =>
  paths.map((one) => one.slice(one.lastIndexOf('/') + 1))

/** Returns whether a command names the file that may read it. */
const reads =
  (text: string) =>
  (name: string): boolean =>
    text.includes(name) &&
    commandsIn(text).some(
      (command) => command.includes(name) && !says(command, 'rm', 'unlink', 'chown', 'chgrp', 'chmod'),
    )

/**
 * Returns the place of files of a layer.
 *
 * @param runs all RUN instructions of the layers
 */
export function placeOf(item: Saving, stage: Stage, runs: readonly Run[]): Place {
  const { layers } = stage
  const { path, kind, claim, layer, laterLayer } = item
  const later = laterLayer === null ? null : (layers[laterLayer]?.instruction ?? null)
  return {
    path: shown(path),
    kind,
    claim,
    paths: (item.paths ?? []).map(shown),
    isWholeLine: item.isWholeLine ?? false,
    other: item.other === undefined ? null : { path: shown(item.other.path), isOfSameLine: item.other.layer === layer },
    text: layers[layer]?.instruction?.text ?? '',
    ignoreFile: stage.savings?.ignoreFile ?? null,
    later:
      laterLayer === null
        ? null
        : {
            text: later?.text ?? '',
            line: later?.line ?? null,
            isNext: isNext(layers, layer, laterLayer),
            readers: readersOf(item, runs, laterLayer),
            changers: changersOf(item, runs),
            canJoin: canJoin(stage, layer, laterLayer),
            linesToMove: linesToMove(stage, layer, laterLayer),
            isApart: areApart(layers, layer, laterLayer, item.isShared === true),
          },
    becomes: item.becomes ?? null,
    ...(item.madeBy === undefined ? {} : { madeBy: item.madeBy }),
    ...{ hasShell: item.hasShell ?? true, user: item.user ?? null },
    hasLaterRun: (runs.at(-1)?.position ?? -1) > layer,
    stage: null,
  }
}

/** Returns the place of files that the layer only copies from another stage. */
export function placeInStage({ kind, claim }: Saving, { path, stage, text, later }: Source, final: Stage): Place {
  return {
    ignoreFile: final.savings?.ignoreFile ?? null,
    ...{ path: shown(path), kind, claim, stage, text, paths: [], other: null, becomes: null, isWholeLine: false },
    later: later && { text: '', line: later.line, isNext: false, readers: [] },
    hasLaterRun: later !== null,
  }
}

type Source = NonNullable<Saving['source']>

/** Returns a path as reports show it. */
export const shown = (path: string): string => `/${path}`

/** Applies a symbolic mode of `chmod` to a mode that is known. Pure. */

/** The bits of each class in the order `u`, `g`, `o`, from the highest. */
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 }
const permissions: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 }
const clause = /^([ugoa]*)([-+=])([rwxX]*|[ugo])$/

/**
 * Returns the mode that files and directories of one mode both have after `chmod`. Returns null if the result depends on
 * what they are or on the umask, or if a part of it is not understood, such as the sticky bit.
 *
 * @param symbolic such as `a+x` or `u=rwX,go-w`
 * @param before octal, without setuid, setgid and sticky bits
 * @returns octal, with three digits
 */
export function appliedMode(symbolic: string, before: string): string | null {
  let mode = Number.parseInt(before, 8)
  for (const part of symbolic.split(',')) {
    const [, who = '', operator = '', what = ''] = clause.exec(part) ?? []
    // Without a class, the umask decides. The usual ones leave reading and executing alone.
    if (operator === '' || (who === '' && (operator !== '+' || /[wugo]/.test(what)))) return null
    // Directories always get it, and files only if one class has it already.
    if (what.includes('X') && (mode & 0o111) === 0) return null
    const bits = shifts[what] === undefined ? bitsOf(what) : (mode >> shifts[what]) & 7
    for (const one of who === '' || who.includes('a') ? 'ugo' : new Set(who)) {
      const shift = shifts[one] ?? 0
      const old = (mode >> shift) & 7
      const now = operator === '=' ? bits : operator === '+' ? old | bits : old & ~bits
      mode = (mode & ~(7 << shift)) | (now << shift)
    }
  }
  return mode.toString(8).padStart(3, '0')
}

const bitsOf = (what: string): number =>
  Array.from(what.toLowerCase()).reduce((bits, letter) => bits | (permissions[letter] ?? 0), 0)

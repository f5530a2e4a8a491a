/** Tells whether two packages have the same name. */

/**
 * Returns a key that is equal for packages of one ecosystem with the same name. Python treats `Foo.Bar`, `foo_bar` and
 * `foo-bar` as one name (PEP 503), and releases of a project may spell it differently.
 */
export function packageKey({ ecosystem, name }: { readonly ecosystem: string; readonly name: string }): string {
  return `${ecosystem} ${ecosystem === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name}`
}

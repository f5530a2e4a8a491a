/** The name of a stage. Also used in a browser. Pure. */

/** Returns whether the name of a stage is its position. A name in a Dockerfile begins with a letter. */
export const isUnnamed = (name: string): boolean => /^\d+$/.test(name)

/** The settings of a record that was made without a build. */

/** `Revision.settings` of existing images. Nothing says what they were built from. */
export const settingsOfExistingImages = 'images'

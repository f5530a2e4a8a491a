/**
 * What judges workflows, to be bundled: its modules as published do not load in Node by themselves. The other two are
 * what it is itself made with.
 */
export { validate } from '@actions/languageservice'
export { TextDocument } from 'vscode-languageserver-textdocument'
export { parse } from 'yaml'

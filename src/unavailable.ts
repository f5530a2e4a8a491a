/** Why a value is not available, as a clause that ends a sentence, such as "there is no checkout". */
export interface Unavailable {
  readonly why: string
}

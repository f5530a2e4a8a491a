/** Why a value cannot be had: a clause that ends a sentence, such as "there is no checkout". */
export interface Unavailable {
  readonly why: string
}

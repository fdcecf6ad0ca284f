/** Reasons that many mutants share. */

export const NOT_ABSENT = "the compiler asks for it: the value is never absent here";

export const RETURNS_UNDEFINED = "a function that ends without a return gives undefined, too";

export const COMPARED_WITH_OTHER = "it is only compared with the other values";

export const NOTHING_ELSE_THROWN =
  "no other error is thrown here, unless by a fault of the program";

export const HAS_NOTHING_LOOKED_FOR = "neither has a word that is looked for";

/** Every sentence of the finder: the search, the types, the order of the heads. */
export const FINDER_WORDS = {
  finder: "Find heads",
  search: "Search",
  searchHint: (type: string) => `L3.H2, ${type}, entropy>2.1`,
  types: "Types of heads",
  type: (name: string, count: number) => `${name} ${count}`,
  sortBy: "Sort by",
  byPlace: "place",
  count: (found: number, all: number) => `${found} of ${all} heads`,
  allHeads: (all: number) => `all ${all} heads`,
  brushed: (count: number) =>
    count === 1 ? "among 1 chosen head" : `among ${count} chosen heads`,
  showAll: "Show all again",
  acts: { search: "search", sort: "sort", showAll: "show all heads" },
  over: (over: string) => `measured over ${over}`,
  measuring: "measuring the heads …",
  notMeasured: (why: string) => `The heads could not be measured: ${why}`,
  noNumbers: "The heads were not measured: only addresses can be searched.",
  detached: "the heads had not been measured when the kernel went",

  openQuote: 'a quote " is not closed',
  noName: (term: string) =>
    `${term}: a name is missing before the comparison, as in entropy>2.1`,
  noNumber: (term: string) => `${term}: a number is missing, as in entropy>2.1`,
  noType: (term: string) => `${term}: a type is missing, as in type=corner`,
  typeEquals: (term: string) => `${term}: a type is found with =, as in type=corner`,
  backwards: (term: string) => `${term}: the range runs backwards`,
  noLayer: (layer: number, layers: number) =>
    `there is no layer ${layer}: this model has layers 0 to ${layers - 1}`,
  noHead: (head: number, heads: number) =>
    `there is no head ${head}: a layer has heads 0 to ${heads - 1}`,
  notYet: (term: string) =>
    `${term}: the heads are not measured yet; addresses such as L3.H2 can be searched`,
  unknownWord: (word: string, types: readonly string[]) =>
    `no head is of a type that starts with ${word}; the types here: ${types.join(", ")}`,
  bareColumn: (name: string) => `${name} is a number: compare it, as in ${name}>0.5`,
  unknownColumn: (name: string, near: readonly string[]) =>
    `nothing that is measured is called ${name}; nearest: ${near.join(", ")}`,
  ambiguousColumn: (name: string, columns: readonly string[]) =>
    `${name} may be ${columns.join(" or ")}: write more of it`,

  noValue: "no value",
  noMatch: (label: string) => `${label}, no match`,
  // Each type is measured by a number of its own: 0.90 of one may be less than 0.88 of
  // another.
  andThen: (type: string, runnerUp: string) =>
    `${type}, less clearly ${runnerUp} (on another scale)`,
  nearest: (type: string, runnerUp: string) => `${type}, nearest to ${runnerUp}`,
  without: (changes: string) => `without it: ${changes}`,
  logit: (change: string) => `logit ${change}`,
  accuracy: (change: string) => `accuracy ${change}`,
} as const;

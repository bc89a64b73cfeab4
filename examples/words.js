// Counts the words it is given: seaofnodes run examples/words.js to be or not to be

class Words {
  counts = new Map();

  add(word) {
    if (word !== word.toLowerCase()) throw new TypeError(`${word} is in capitals`);
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }

  get mostFrequent() {
    return [...this.counts].sort(([, a], [, b]) => b - a)[0];
  }
}

const words = new Words();
for (const word of process.argv.slice(2)) words.add(word);
console.log(words, words.mostFrequent);

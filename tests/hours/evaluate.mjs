// Answers, a JSON line each, what opening_hours.js says of an expression at an instant.
// A question: {expression, state, zone, at, until}; instants in seconds since 1970. `until`: no change is sought after it.
// An answer: {now: "open" | "closed" | "unknown", next: instant or null}, or {refused: why}.
// `next` is when it is open no more, or when it will be open: what is between, comments and unknown, is passed over.

import opening_hours from 'opening_hours';
import readline from 'node:readline';

const read = new Map();

function understood(question) {
  const key = `${question.zone}|${question.state}|${question.expression}`;
  if (!read.has(key)) {
    const address = { country_code: 'fr', state: question.state };
    read.set(key, new opening_hours(question.expression, { lat: 0, lon: 0, address }, { tag_key: 'opening_hours' }));
  }
  return read.get(key);
}

function answer(question) {
  process.env.TZ = question.zone;
  const until = new Date(question.until * 1000);
  const walk = understood(question).getIterator(new Date(question.at * 1000));
  const now = walk.getStateString(undefined, true);
  while (walk.advance(until)) {
    const state = walk.getStateString(undefined, true);
    if (now === 'open' ? state !== 'open' : state === 'open') return { now, next: walk.getDate().getTime() / 1000 };
  }
  return { now, next: null };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(answer(JSON.parse(line))));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error) }));
  }
}

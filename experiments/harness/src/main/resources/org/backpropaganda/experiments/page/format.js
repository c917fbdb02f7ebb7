"use strict";

const ABSENT = "–";
const BYTE_UNITS = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]];

function most(values) {
  return values.reduce((high, value) => (Number.isFinite(value) ? Math.max(high, Math.abs(value)) : high), 0);
}

function bytesFormat(values) {
  const high = most(values);
  const [name, size] = BYTE_UNITS.find(([, each]) => high >= each) || BYTE_UNITS[3];
  return (value) => (value !== 0 && Math.abs(value) < 0.005 * size
    ? bytesFormat([value])(value)
    : `${minus((value / size).toFixed(size === 1 ? 0 : 2))} ${name}`);
}

function minus(text) {
  return text.replace("-", "−");
}

function significant(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) {
    return minus(value.toExponential(1));
  }
  return minus(String(Number(value.toPrecision(4))));
}

/** Distances between the marks of an axis of bytes: round numbers of its unit. */
function byteSteps(values) {
  const high = most(values);
  const size = (BYTE_UNITS.find(([, each]) => high >= each) || BYTE_UNITS[3])[1];
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((step) => step * size);
}

/** What stands at the marks of an axis: no more digits than they need. */
function markOf(format, values) {
  if (format !== "BYTES") {
    return formatOf(format, values);
  }
  const [name, size] = BYTE_UNITS.find(([, each]) => most(values) >= each) || BYTE_UNITS[3];
  return (value) => `${Number((value / size).toFixed(2))} ${name}`;
}

/** A function from figures to words: those of bytes have the unit of the largest. */
function formatOf(format, values) {
  switch (format) {
    case "BYTES":
      return bytesFormat(values);
    case "COUNT":
      return (value) => minus(Math.round(value).toLocaleString("en-US"));
    case "MILLIS":
      return (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
    case "RATIO":
      return (value) => value.toFixed(value < 0.1 ? 3 : 2);
    case "ERROR":
      return (value) => (value === 0 ? "0" : minus(value.toExponential(1)));
    case "PERCENT":
      return (value) => `${(100 * value).toFixed(1)} %`;
    default:
      return significant;
  }
}

/** Words for a figure, for words, and for what is not there. */
function shown(value, format) {
  if (value === null || value === undefined) {
    return ABSENT;
  }
  return typeof value === "number" ? format(value) : String(value);
}

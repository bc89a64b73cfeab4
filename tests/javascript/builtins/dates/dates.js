// Each result as node prints it; beside this file stands what node prints.
"use strict";
function show(name, call) {
  try { console.log(name + " " + String(call())); } catch (error) { console.log(name + " " + error.name + ": " + error.message); }
}

// The time zone is left out of what is shown, but for UTC.
show("parts", () => new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 500)).toISOString());
for (const time of [0, -1, 1e12, 951782400000, -62198755200000, 8.64e15, -8.64e15, NaN]) {
  const date = new Date(time);
  show("UTC " + time, () => date.toUTCString());
  show("ISO " + time, () => date.toISOString());
  show("JSON " + time, () => date.toJSON());
  show("get " + time, () => ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"].map((part) => date["getUTC" + part]()));
}
show("set", () => {
  const date = new Date(Date.UTC(2020, 0, 31));
  const found = [date.setUTCMonth(1), date.setUTCHours(25, 61, 61, 1001), date.setUTCFullYear(2025, 5, 6), date.setUTCDate(0), date.setUTCMinutes(90, -1), date.setUTCSeconds(1e9), date.setUTCMilliseconds(-1), date.setTime(5.9)];
  return [...found, date.setUTCMonth(NaN), date.setUTCDate(1), date.setUTCFullYear(1970)];
});
show("local", () => {
  const date = new Date(2024, 6, 4, 5, 6, 7, 8);
  const found = [date.getFullYear(), date.getMonth(), date.getDate(), date.getDay(), date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds(), date.getYear()];
  date.setHours(25, 61, 61, 1001);
  date.setMonth(0);
  date.setDate(40);
  date.setYear(99);
  return [...found, date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getTime() - new Date(1999, 1, 9, 2, 2, 2, 1).getTime()];
});
for (const text of ["2024-01-01", "2024-01-01T00:00Z", "2024-01-01T24:00:00Z", "2024-13-01", "Thu, 01 Jan 1970 00:00:00 GMT+0300", "1 Jan 70 12:30 PM UTC", "Jan 5 2001 (x) 3:04 GMT-8", "+010000-01-01", "-000000-01-01T00:00Z", "x 12", "12 x"]) {
  show(text, () => Date.parse(text));
}
show("years", () => [Date.UTC(99, 0), Date.UTC(2024), Date.UTC(NaN), Date.UTC(1e9), Date.UTC()]);
show("of a date", () => [new Date(new Date(7)).getTime(), new Date("7 Jan 1970 UTC") - 0, new Date(undefined).getTime(), new Date(null).getTime(), new Date(8.64e15 + 1).getTime()]);
show("text", () => [typeof Date(), String(new Date(NaN)), new Date(5) * 1, typeof (new Date(0) + 1)]);
show("toISOString", () => new Date(NaN).toISOString());
show("hint", () => new Date(0)[Symbol.toPrimitive]("x"));
show("receiver", () => Date.prototype.getTime.call(3));
show("property", () => new Date(0)[Symbol.toPrimitive]("number"));
show("names", () => [Date.length, Date.name, Date.prototype.toGMTString === Date.prototype.toUTCString, Object.prototype.toString.call(new Date())]);

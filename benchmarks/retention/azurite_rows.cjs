// Node loads this before Azurite (node --require). It puts rows into tables when they are created.
//
// Azurite takes about a thousand rows a second through its service, and a benchmark needs millions.
// The folder BENCH_ROWS has one file for each table, `{table}.jsonl`, with one entity in each line.
// Rows go into the same collections, in the same form, as through the service. Azurite is not
// changed.
"use strict";

const fs = require("fs");
const path = require("path");
const readline = require("readline");

const folder = path.join(path.dirname(process.argv[1]), "table", "persistence");
const Store = require(path.join(folder, "LokiTableMetadataStore.js")).default;
const createTable = Store.prototype.createTable;
const AT = "2026-11-01T00:00:00.0000000Z";
const BATCH = 10000;

Store.prototype.createTable = async function (context, model) {
  await createTable.call(this, context, model);
  const file = path.join(process.env.BENCH_ROWS, `${model.table}.jsonl`);
  if (!fs.existsSync(file)) return;
  const rows = this.db.getCollection(this.getTableCollectionName(model.account, model.table));
  rows.adaptiveBinaryIndices = false;
  let batch = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
    const properties = JSON.parse(line);
    properties.Timestamp = AT;
    properties["Timestamp@odata.type"] = "Edm.DateTime";
    const { PartitionKey, RowKey } = properties;
    const eTag = `W/"datetime'${encodeURIComponent(AT)}'"`;
    batch.push({ PartitionKey, RowKey, properties, lastModifiedTime: AT, eTag });
    if (batch.length === BATCH) {
      rows.insert(batch);
      batch = [];
    }
  }
  if (batch.length) rows.insert(batch);
  rows.ensureAllIndexes(true);
  rows.adaptiveBinaryIndices = true;
};

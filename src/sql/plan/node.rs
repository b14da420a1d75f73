//! A plan as one tree, whichever server made it: what each step does, to what, what the planner
//! expected of it and what came of it. The steps stand in a list in the order in which they are
//! shown, each naming its parent: a plan nested a thousand deep is as easy to hold as a flat one.

use std::ops::Index;

/// A plan that was read. Holds no literal: conditions and statements are masked while they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Who made it.
    pub server: Server,
    /// The statement, masked, where the plan came with it (`auto_explain`).
    pub statement: Option<String>,
    /// The steps in the order in which they are shown; the first is the root. Never empty.
    pub nodes: Vec<Node>,
    /// Time to plan, in ms.
    pub planning_ms: Option<f64>,
    /// Time to carry out, in ms.
    pub execution_ms: Option<f64>,
    /// What compiling expressions cost, where it was done.
    pub jit: Option<Jit>,
    /// Triggers that ran (foreign keys above all).
    pub triggers: Vec<Trigger>,
    /// Settings that differ from the defaults, as the server names them.
    pub settings: Vec<(String, String)>,
    /// Plans that followed in the same input and were not read.
    pub others: usize,
}

/// Where a step stands in [`Plan::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At(pub usize);

/// Who made a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}

/// One step of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// The step that reads from this one.
    pub parent: Option<At>,
    /// Steps above this one.
    pub depth: usize,
    /// What it does.
    pub kind: Kind,
    /// What the server calls it, e.g. `Parallel Seq Scan`, `Left Hash Join`.
    pub name: String,
    /// What it is to its parent.
    pub role: Role,
    /// The name of a subplan, e.g. `SubPlan 1`, `InitPlan 1 (returns $0)`, `CTE recent`.
    pub subplan: Option<String>,
    /// The table, or what stands for one (a CTE, a function, `<derived2>`).
    pub relation: Option<String>,
    /// The schema of the table.
    pub schema: Option<String>,
    /// What the statement calls the table.
    pub alias: Option<String>,
    /// The index that is used.
    pub index: Option<String>,
    /// Indexes that the planner considered (MySQL and MariaDB).
    pub possible_indexes: Vec<String>,
    /// How many columns of the index are used (MySQL and MariaDB).
    pub index_parts: Vec<String>,
    /// Conditions, masked.
    pub conditions: Vec<Condition>,
    /// What rows are sorted by, masked.
    pub sort_keys: Vec<String>,
    /// How many of the sort keys the rows already come sorted by.
    pub presorted: usize,
    /// What rows are grouped by, masked.
    pub group_keys: Vec<String>,
    /// What the planner expected.
    pub estimated: Estimated,
    /// What came of it, where the statement was carried out.
    pub actual: Option<Actual>,
    /// Rows thrown away, in one run on average.
    pub removed: Removed,
    /// Rows of an index-only scan that the table had to be asked about, in all.
    pub heap_fetches: Option<f64>,
    /// Blocks of a bitmap scan that are known row by row.
    pub exact_blocks: Option<f64>,
    /// Blocks of a bitmap scan of which every row has to be looked at again.
    pub lossy_blocks: Option<f64>,
    /// Blocks of 8 kB that were touched.
    pub blocks: Blocks,
    /// What did not fit into memory.
    pub spill: Option<Spill>,
    /// Parallel workers that were planned, and those that were there.
    pub workers: Option<Workers>,
    /// Partitions that were left out while the statement ran.
    pub pruned: Option<f64>,
    /// A subplan whose rows are put into a hash table once, and that is not run again and again.
    pub hashed: bool,
    /// The inner rows are known to be at most one for each outer row.
    pub inner_unique: bool,
    /// Rows are sorted for this step without an index (`using_filesort`).
    pub filesort: bool,
    /// Rows are put into a temporary table for this step.
    pub temporary: bool,
    /// Joined block by block because no index leads to the rows (`using_join_buffer`).
    pub join_buffer: bool,
    /// Only the index is read.
    pub covering: bool,
    /// Rows that LIMIT and OFFSET together ask for, where the server says so.
    pub asked: Option<f64>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reads a table from end to end.
    SeqScan,
    /// Follows an index into a table.
    IndexScan,
    /// Reads an index alone.
    IndexOnlyScan,
    /// Reads an index from end to end (MySQL, MariaDB).
    FullIndexScan,
    /// Collects the places of rows from an index.
    BitmapIndexScan,
    /// Reads the rows of collected places.
    BitmapHeapScan,
    /// Puts together what bitmap index scans collected.
    BitmapCombine,
    /// Reads what another part made: a CTE, a subquery, a function, values.
    DerivedScan,
    /// Reads from another server.
    ForeignScan,
    /// For each row of the first side, looks for rows of the second.
    NestedLoop,
    /// Looks rows up in a hash table.
    HashJoin,
    /// Walks two sorted sides.
    MergeJoin,
    /// Fills the hash table of a join.
    Hash,
    /// Sorts.
    Sort,
    /// Groups or counts.
    Aggregate,
    /// Puts rows into a temporary table.
    TemporaryTable,
    /// Keeps rows to give them again.
    Materialize,
    /// Keeps the answers of lookups.
    Memoize,
    /// Passes on the first rows.
    Limit,
    /// Gives the rows of several inputs, partitions above all.
    Append,
    /// Collects from parallel workers.
    Gather,
    /// Window functions.
    Window,
    /// Changes rows.
    Modify,
    /// One `SELECT` of a statement (MySQL, MariaDB).
    Block,
    /// Anything else.
    #[default]
    Other,
}

/// What a step is to its parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The input, or the first of two: of a nested loop the side that drives.
    #[default]
    Outer,
    /// The second of two inputs: of a nested loop the side that is run again and again.
    Inner,
    /// One input of many.
    Member,
    /// Run once before, its result kept.
    InitPlan,
    /// Run for rows of its parent.
    SubPlan,
}

/// A condition of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it is used for.
    pub used: Used,
    /// Its text, literals masked.
    pub text: String,
}

/// What a condition is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Used {
    /// To find rows in an index.
    Index,
    /// To look again at rows that an index found.
    Recheck,
    /// To throw rows away after they were read.
    Filter,
    /// To match the two sides of a join.
    Join,
    /// To throw away pairs that a join made.
    JoinFilter,
    /// To run the step at all.
    Once,
}

/// What the planner expected, for one run of the step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimated {
    /// Rows given to the parent.
    pub rows: Option<f64>,
    /// Rows read, where the server says so (MySQL, MariaDB).
    pub read: Option<f64>,
    /// Cost up to the last row, with the steps below, in the planner's units.
    pub cost: Option<f64>,
    /// Cost up to the first row.
    pub startup_cost: Option<f64>,
    /// Cost of this step alone over all its runs, where the server says so.
    pub own_cost: Option<f64>,
    /// Bytes of a row.
    pub width: Option<f64>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Actual {
    /// Rows given to the parent, in one run on average.
    pub rows: f64,
    /// Rows read in one run on average, where the server says so (MariaDB).
    pub read: Option<f64>,
    /// How often it ran, all workers together; 0: never.
    pub loops: f64,
    /// Time with the steps below, over all runs and all workers, in ms.
    pub ms: Option<f64>,
    /// Time of this step alone over all runs, where the server says so, in ms.
    pub own_ms: Option<f64>,
}

/// Rows thrown away in one run on average.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Removed {
    /// By the filter.
    pub filter: Option<f64>,
    /// By the join's filter.
    pub join: Option<f64>,
    /// When looked at again.
    pub recheck: Option<f64>,
}

/// Blocks of 8 kB that a step touched, with those below it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Blocks {
    /// Found in the server's memory.
    pub hit: f64,
    /// Asked of the operating system.
    pub read: f64,
    /// Temporary blocks read.
    pub temp_read: f64,
    /// Temporary blocks written.
    pub temp_written: f64,
}

/// What did not fit into memory.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spill {
    /// Size on disk in kB, where the server says so.
    pub disk_kb: Option<f64>,
    /// Memory that was used, in kB.
    pub memory_kb: Option<f64>,
    /// Parts that the rows were divided into.
    pub batches: Option<f64>,
    /// Times that the rows were merged (MariaDB).
    pub passes: Option<f64>,
}

/// Parallel workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// How many the planner counted on.
    pub planned: u32,
    /// How many there were.
    pub launched: Option<u32>,
}

/// What compiling expressions cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Jit {
    /// In ms, all of it.
    pub ms: f64,
    /// Functions compiled.
    pub functions: f64,
}

/// A trigger that ran.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trigger {
    /// Its name; of a foreign key the name of the constraint.
    pub name: String,
    /// The table that it belongs to.
    pub relation: Option<String>,
    /// Over all calls, in ms.
    pub ms: f64,
    /// How often it was called.
    pub calls: f64,
}

impl Index<At> for Plan {
    type Output = Node;

    fn index(&self, at: At) -> &Node {
        &self.nodes[at.0]
    }
}

impl Plan {
    /// Without steps yet.
    pub(super) fn empty(server: Server) -> Self {
        Self {
            server,
            statement: None,
            nodes: Vec::new(),
            planning_ms: None,
            execution_ms: None,
            jit: None,
            triggers: Vec::new(),
            settings: Vec::new(),
            others: 0,
        }
    }

    /// Puts a step below `parent`, after everything that is there.
    pub(super) fn push(&mut self, parent: Option<At>, node: Node) -> At {
        let depth = parent.map_or(0, |at| self[at].depth + 1);
        self.nodes.push(Node { parent, depth, ..node });
        At(self.nodes.len() - 1)
    }

    /// All steps with their places.
    pub fn walk(&self) -> impl Iterator<Item = (At, &Node)> {
        self.nodes.iter().enumerate().map(|(at, node)| (At(at), node))
    }

    /// The steps that this one reads from, subplans among them.
    pub fn children(&self, at: At) -> impl Iterator<Item = (At, &Node)> {
        let depth = self[at].depth;
        self.walk()
            .skip(at.0 + 1)
            .take_while(move |(_, node)| node.depth > depth)
            .filter(move |(_, node)| node.depth == depth + 1)
    }

    /// The input of a step, or the first of two: no subplan.
    pub fn outer(&self, at: At) -> Option<(At, &Node)> {
        self.children(at).find(|(_, node)| matches!(node.role, Role::Outer | Role::Member))
    }

    /// The second input of a step.
    pub fn inner(&self, at: At) -> Option<(At, &Node)> {
        self.children(at).find(|(_, node)| node.role == Role::Inner)
    }

    /// This step and everything below it.
    pub fn below(&self, at: At) -> impl Iterator<Item = (At, &Node)> {
        let depth = self[at].depth;
        self.walk()
            .skip(at.0)
            .take(1)
            .chain(self.walk().skip(at.0 + 1).take_while(move |(_, node)| node.depth > depth))
    }

    /// The steps above, the nearest first.
    pub fn above(&self, at: At) -> impl Iterator<Item = (At, &Node)> {
        std::iter::successors(self[at].parent, |up| self[*up].parent).map(|up| (up, &self[up]))
    }

    /// Whether the statement was carried out (`ANALYZE`), so that rows are counted and not guessed.
    pub fn is_analyzed(&self) -> bool {
        self.nodes.iter().any(|node| node.actual.is_some())
    }

    /// The statement's time in ms, where it was measured.
    pub fn total_ms(&self) -> Option<f64> {
        let root = self.nodes.first()?;
        self.execution_ms.or_else(|| root.actual.as_ref().and_then(|actual| actual.ms))
    }
}

impl Node {
    /// A condition used in this way, masked.
    pub fn condition(&self, used: Used) -> Option<&str> {
        self.conditions.iter().find(|condition| condition.used == used).map(|it| it.text.as_str())
    }

    /// What the step works on, as the statement calls it: `orders o`, else nothing.
    pub fn target(&self) -> Option<String> {
        let relation = self.relation.as_deref().or(self.alias.as_deref())?;
        Some(match self.alias.as_deref() {
            Some(alias) if alias != relation => format!("{relation} {alias}"),
            _ => relation.to_owned(),
        })
    }

    /// What the step does in a few words: `Seq Scan on orders o using orders_pkey`.
    pub fn title(&self) -> String {
        let mut title = self.name.clone();
        if let Some(target) = self.target() {
            title.push_str(" on ");
            title.push_str(&target);
        }
        if let Some(index) = &self.index {
            title.push_str(if self.kind == Kind::BitmapIndexScan { " on " } else { " using " });
            title.push_str(index);
        }
        title
    }

    /// Rows given to the parent over all runs, counted; else nothing.
    pub fn rows_out(&self) -> Option<f64> {
        self.actual.as_ref().map(|actual| actual.rows * actual.loops)
    }

    /// Rows read over all runs and thrown away by the filter, counted.
    pub fn rows_thrown(&self) -> Option<f64> {
        let actual = self.actual.as_ref()?;
        if let Some(read) = actual.read {
            return Some((read - actual.rows).max(0.0) * actual.loops);
        }
        Some(self.removed.filter? * actual.loops)
    }

    /// Whether it reads a table itself.
    pub fn is_scan(&self) -> bool {
        matches!(
            self.kind,
            Kind::SeqScan
                | Kind::IndexScan
                | Kind::IndexOnlyScan
                | Kind::FullIndexScan
                | Kind::BitmapHeapScan
                | Kind::ForeignScan
        )
    }

    /// Whether it joins.
    pub fn is_join(&self) -> bool {
        matches!(self.kind, Kind::NestedLoop | Kind::HashJoin | Kind::MergeJoin)
    }

    /// Whether the statement ran and never came to this step.
    pub fn never_ran(&self) -> bool {
        self.actual.as_ref().is_some_and(|actual| actual.loops == 0.0)
    }
}

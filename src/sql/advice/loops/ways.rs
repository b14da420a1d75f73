//! Conditions that hold in one of several ways.

use sqlparser::ast::{BinaryOperator, Expr};

/// What stands in both of two conditions.
pub(super) fn common<'a>(left: &'a Expr, right: &Expr) -> Vec<&'a Expr> {
    let (mut one, other) = (ways(left), ways(right));
    let rest = one.split_off(1.min(one.len()));
    let Some(first) = one.pop() else { return Vec::new() };
    first.into_iter().filter(|part| rest.iter().chain(&other).all(|way| way.contains(part))).collect()
}

/// The ways in which a condition can hold, each with what must hold in it.
pub(super) fn ways(expr: &Expr) -> Vec<Vec<&Expr>> {
    either(expr).into_iter().map(all_of).collect()
}

/// The sides of ORs.
pub(super) fn either(expr: &Expr) -> Vec<&Expr> {
    split(expr, &BinaryOperator::Or)
}

/// The sides of ANDs.
fn all_of(expr: &Expr) -> Vec<&Expr> {
    split(expr, &BinaryOperator::And)
}

fn split<'a>(expr: &'a Expr, by: &BinaryOperator) -> Vec<&'a Expr> {
    match expr {
        Expr::Nested(inner) => split(inner, by),
        Expr::BinaryOp { left, op, right } if op == by => {
            let mut all = split(left, by);
            all.extend(split(right, by));
            all
        }
        other => vec![other],
    }
}

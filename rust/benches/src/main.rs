//! Does a task so many times: `mrrc-benches TASK PASSES RECORDS`. For callgrind, which counts what
//! that takes; `mrrc-benches` alone names the tasks.

use std::hint::black_box;
use std::process::ExitCode;

use mrrc_benches::tasks::{ALL, Material};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse().ok());
    let found = ALL
        .iter()
        .find(|(name, _)| arguments.first().is_some_and(|wanted| wanted == name));
    let (Some((_, task)), Some(passes), Some(records)) = (found, number(1), number(2)) else {
        for (name, _) in ALL {
            println!("{name}");
        }
        return ExitCode::from(u8::from(!arguments.is_empty()));
    };
    let material = Material::new(records);
    let mut total = 0_usize;
    for _ in 0..passes {
        total = total.wrapping_add(black_box(task(black_box(&material))));
    }
    println!("{total}");
    ExitCode::SUCCESS
}

// SPDX-License-Identifier: MIT
use super::*;

#[test]
fn vmo_create_limits() -> Result {
    assert_eq!(Vmo::create(0, 0)?.size(), 0);
    assert_eq!(Vmo::create(1, 0)?.size(), PAGE);
    assert_eq!(Vmo::create(FILE_END, 0)?.size(), FILE_END);
    assert_eq!(
        Vmo::create(FILE_END + 1, 0).err(),
        Some(Status::OUT_OF_RANGE)
    );
    assert_eq!(Vmo::create(u64::MAX, 0).err(), Some(Status::OUT_OF_RANGE));
    assert_eq!(Vmo::create(1, 1).err(), Some(Status::INVALID_ARGS));
    Ok(())
}

#[test]
fn vmo_host_view_is_shared_and_ends_with_the_vmo() -> Result {
    let vmo = Vmo::create(3 * PAGE, 0)?;
    let (Some((first, len)), Some((second, rest))) =
        (vmo.host_view(0, PAGE)?, vmo.host_view(2 * PAGE, 5 * PAGE)?)
    else {
        return Err(Status::INTERNAL);
    };
    assert!(Arc::ptr_eq(&first.mapping, &second.mapping));
    assert_eq!((len, rest, second.offset), (PAGE, PAGE, 2 * PAGE));
    assert!(vmo.host_view(3 * PAGE, PAGE)?.is_none());
    Ok(())
}

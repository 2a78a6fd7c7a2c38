//! The protobuf wire format, read without allocating: fields of a message, one after the other.

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'s> {
    pub(super) number: u32,
    pub(super) value: Wire<'s>,
}

/// A field's value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'s> {
    Varint(u64),
    Bytes(&'s [u8]),
    /// Four or eight bytes, which no field here has.
    Fixed,
}

/// Reads a message's fields.
#[derive(Debug, Clone)]
pub(super) struct Fields<'s> {
    rest: &'s [u8],
}

/// What is no protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl<'s> Fields<'s> {
    pub(super) fn new(message: &'s [u8]) -> Self {
        Self { rest: message }
    }

    fn next_field(&mut self) -> Result<Field<'s>, Broken> {
        let key = varint(&mut self.rest)?;
        let number =
            u32::try_from(key >> 3).ok().filter(|&number| number > 0 && number < 1 << 29).ok_or(Broken)?;
        let value = match key & 7 {
            0 => Wire::Varint(varint(&mut self.rest)?),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).map_err(|_| Broken)?;
                Wire::Bytes(take(&mut self.rest, length)?)
            }
            1 => take(&mut self.rest, 8).map(|_| Wire::Fixed)?,
            5 => take(&mut self.rest, 4).map(|_| Wire::Fixed)?,
            // Groups have been gone from the format for long.
            _ => return Err(Broken),
        };
        Ok(Field { number, value })
    }
}

impl<'s> Iterator for Fields<'s> {
    type Item = Result<Field<'s>, Broken>;

    /// The next field; after a broken one there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// The numbers of a packed field.
pub(super) fn packed(mut bytes: &[u8], out: &mut Vec<i64>) -> Result<(), Broken> {
    while !bytes.is_empty() {
        out.push(int32(varint(&mut bytes)?));
    }
    Ok(())
}

/// A varint as the `int32` it stands for.
pub(super) fn int32(varint: u64) -> i64 {
    i64::from((varint as u32).cast_signed())
}

fn take<'s>(rest: &mut &'s [u8], length: usize) -> Result<&'s [u8], Broken> {
    let (taken, behind) = rest.split_at_checked(length).ok_or(Broken)?;
    *rest = behind;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, Broken> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or(Broken)?;
        *rest = behind;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Broken)
}

/// Writes a varint field.
pub(crate) fn put_int(out: &mut Vec<u8>, number: u32, value: u32) {
    put_varint(out, u64::from(number) << 3);
    put_varint(out, u64::from(value));
}

/// Writes a field of bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Writes a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

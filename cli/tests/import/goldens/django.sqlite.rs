pub mod shop_category {
//! Shop categories.

use fourfold::prelude::*;

/// A shop category.
#[derive(Resource)]
#[resource(package = "shop.shop_category.v1", path = "shop-categories", table = "shop_category")]
pub struct ShopCategory {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(unique, validate(length(..=80)))]
    pub name: String,
    #[field(filter, sort, validate(length(..=50)))]
    pub slug: String,
    #[field(references = "shop.shop_category.v1.ShopCategory", filter)]
    pub parent_id: Option<i64>,
}
}

pub mod shop_product {
//! Shop products.

use fourfold::prelude::*;

/// A shop product.
#[derive(Resource)]
#[resource(package = "shop.shop_product.v1", path = "shop-products", table = "shop_product")]
pub struct ShopProduct {
    /// Made by the server.
    #[field(id)]
    pub id: Uuid,
    #[field(validate(length(..=200)))]
    pub title: String,
    pub price: Decimal,
    pub in_stock: bool,
    #[field(validate(range(0..)))]
    pub stock: i64,
    pub meta: Json,
    pub released: Option<Date>,
    /// When it was made.
    #[field(created_at)]
    pub created: Timestamp,
    /// When it last changed.
    #[field(updated_at)]
    pub modified: Timestamp,
    #[field(references = "shop.shop_category.v1.ShopCategory", filter)]
    pub category_id: i64,
}
}

pub mod shop_product_tag {
//! Shop product tags.

use fourfold::prelude::*;

/// A shop product tag.
#[derive(Resource)]
#[resource(package = "shop.shop_product_tag.v1", path = "shop-product-tags")]
pub struct ShopProductTag {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(references = "shop.shop_product.v1.ShopProduct", filter)]
    pub product_id: Uuid,
    #[field(references = "shop.shop_tag.v1.ShopTag", filter)]
    pub tag_id: i64,
}
}

pub mod shop_tag {
//! Shop tags.

use fourfold::prelude::*;

/// A shop tag.
#[derive(Resource)]
#[resource(package = "shop.shop_tag.v1", path = "shop-tags", table = "shop_tag")]
pub struct ShopTag {
    /// Counted by the database.
    #[field(id)]
    pub id: i64,
    #[field(validate(length(..=30)))]
    pub label: String,
}
}

